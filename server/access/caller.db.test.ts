import { afterAll, beforeAll, expect, test } from "vitest";
import { matchesSelector, parseSelector } from "@/contract/selector";
import { sites } from "@/db/schema/fleet";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { asCaller, type Caller, visibleSites } from "./caller";

let stage: Stage;
let organisation: Organisation;
let owner: Caller;
const labelsById = new Map<string, Record<string, string>>();

/** Numbers that look random and are the same in each run (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
const KEYS = ["region", "tier", "example.com/gpu", "in", "toString"];
const VALUES = ["", "north", "north-1", "0", "in"];

beforeAll(async () => {
  stage = await openStage();
  organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const roll = dice(7);
  for (let index = 0; index < 60; index += 1) {
    const labels: Record<string, string> = {};
    for (const key of KEYS) if (roll(2) === 0) labels[key] = VALUES[roll(VALUES.length)] ?? "";
    labelsById.set(await createSite(stage, organisation.id, `Site ${index}`, labels), labels);
  }
});
afterAll(() => stage.close());

function generateSelector(roll: (sides: number) => number): string {
  const key = () => KEYS[roll(KEYS.length)];
  // An empty value cannot be written in a selector.
  const value = () => VALUES[1 + roll(VALUES.length - 1)];
  const parts = Array.from({ length: 1 + roll(3) }, () => {
    switch (roll(6)) {
      case 0:
        return `${key()}=${value()}`;
      case 1:
        return `${key()}!=${value()}`;
      case 2:
        return `${key()} in (${value()}, ${value()})`;
      case 3:
        return `${key()} notin (${value()}, ${value()})`;
      case 4:
        return `!${key()}`;
      default:
        return `${key()}`;
    }
  });
  return parts.join(",");
}

test("SQL and the contract agree on which sites a selector matches, over 300 generated selectors", async () => {
  const roll = dice(11);
  let matchedInAll = 0;
  for (let round = 0; round < 300; round += 1) {
    const text = generateSelector(roll);
    const requirements = parseSelector(text);
    const caller: Caller = { ...owner, scope: { kind: "selector", text, requirements } };
    const rows = await asCaller(caller, (tx) => tx.select({ id: sites.id }).from(sites).where(visibleSites(caller)));
    const expected = [...labelsById]
      .filter(([, labels]) => matchesSelector(requirements, { labels }))
      .map(([id]) => id);
    expect([text, rows.map((row) => row.id).sort()]).toEqual([text, expected.sort()]);
    matchedInAll += expected.length;
  }
  // Generators that match nothing or all would prove nothing.
  expect(matchedInAll).toBeGreaterThan(300);
  expect(matchedInAll).toBeLessThan(300 * 60 * 0.8);
});

test("a stored selector that cannot be read lets nobody in", async () => {
  const member = await createMember(stage, organisation.id, {
    email: "broken@north.test",
    role: "viewer",
    scopeSelector: "region=(",
  });
  await expect(signIn(stage, member)).rejects.toThrow("Selector");
});
