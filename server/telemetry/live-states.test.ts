import { describe, expect, test } from "vitest";
import { blockAt, type EntityReadings, filesystemReadings, machineReadings } from "@/server/testing/entity-readings";
import { unpackReadings } from "./entity-state";
import { LiveStates, newestStates, type StateOffer } from "./live-states";

const IDS = { machine: 1, "/": 2 } as const;
function offer(sequence: number, entities: EntityReadings[], change: Partial<StateOffer> = {}): StateOffer {
  return {
    siteId: "site",
    machineId: "machine",
    streamId: 1,
    entityIds: entities.map(({ key }) => IDS[key as keyof typeof IDS]),
    block: blockAt(1000 + sequence, entities),
    epoch: 1,
    sequence,
    receivedAt: new Date(0),
    ...change,
  };
}
const load = (value: number) => machineReadings({ load1: value });
const loadsOf = (states: LiveStates) =>
  states.take(Number.POSITIVE_INFINITY).map((offers) =>
    newestStates(offers).map(({ kind, state, moment }) => ({
      kind,
      moment,
      load1: kind === "machine" ? unpackReadings("machine", state).load1 : null,
    })),
  );

describe("the newest readings of a stream", () => {
  test("follow the agent's order, whatever the order of arrival", () => {
    const states = new LiveStates();
    for (const sequence of [2, 5, 3, 4]) states.offer(offer(sequence, [load(sequence)]));
    expect(loadsOf(states)).toEqual([[{ kind: "machine", moment: 1005, load1: 5 }]]);
  });

  test("of a newer epoch win over any sequence of an older one", () => {
    const states = new LiveStates();
    states.offer(offer(1, [load(7)], { epoch: 2 }));
    states.offer(offer(99, [load(1)]));
    expect(loadsOf(states)[0]?.[0]?.load1).toBe(7);
  });

  test("of an entity that the newest block does not have come from the one before", () => {
    const states = new LiveStates();
    states.offer(offer(1, [load(1), filesystemReadings("/", 0.5)]));
    states.offer(offer(2, [load(2)]));
    expect(loadsOf(states)[0]).toEqual([
      { kind: "machine", moment: 1002, load1: 2 },
      { kind: "filesystem", moment: 1001, load1: null },
    ]);
  });

  test("are taken once, and in portions", () => {
    const states = new LiveStates();
    for (let streamId = 1; streamId <= 10; streamId += 1) states.offer(offer(1, [load(1)], { streamId }));
    expect(states.take(4)).toHaveLength(4);
    expect(states.size).toBe(6);
    expect(states.take(100)).toHaveLength(6);
    expect(states.take(100)).toEqual([]);
  });

  test("keep a bounded number of blocks, however many come before they are written", () => {
    const states = new LiveStates();
    for (let sequence = 1; sequence <= 1000; sequence += 1) states.offer(offer(sequence, [load(sequence)]));
    const [offers] = states.take(1);
    expect(offers?.length).toBeLessThanOrEqual(16);
    expect(offers?.[0]?.sequence).toBe(1000);
  });
});
