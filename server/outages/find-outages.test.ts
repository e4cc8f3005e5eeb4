import { describe, expect, test } from "vitest";
import { darken, makeFleet, NOW_MS } from "@/server/testing/outages";
import { seededRandom } from "@/server/testing/random";
import { findOutages } from "./find-outages";
import { type Factor, factorsKey, type OutageGroup } from "./model";

const MINUTE = 60_000;
const ago = (minutes: number) => () => NOW_MS - minutes * MINUTE;
const named = (groups: readonly OutageGroup[]) => groups.map((group) => factorsKey(group.factors) || group.cause);

describe("the factor that is named", () => {
  test("carrier in region, when both together tell who is dark, with who of its peers answers", () => {
    const random = seededRandom(1);
    const fleet = makeFleet({ sites: 800, seed: 1 });
    const isPeer = ({ facts }: { facts: Record<string, string> }) =>
      facts.carrier === "Telko-N" && facts.region === "Nord";
    const peers = fleet.filter(isPeer);
    const spared = new Set(peers.slice(0, 3).map(({ id }) => id));
    const [group, ...others] = findOutages(
      darken(fleet, (thing) => isPeer(thing) && !spared.has(thing.id), ago(11), random),
    );
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      cause: "factor",
      factors: [
        { kind: "carrier", value: "Telko-N" },
        { kind: "region", value: "Nord" },
      ],
      confidence: "strong",
      sites: { dark: peers.length - 3, answering: 3, undecided: 0 },
    });
  });

  test("the carrier alone, when all its regions are dark", () => {
    const dark = darken(
      makeFleet({ sites: 400, seed: 2 }),
      ({ facts }) => facts.carrier === "Satlink",
      ago(20),
      seededRandom(2),
    );
    expect(named(findOutages(dark))).toEqual(["carrier Satlink"]);
  });

  test("one site with all its machines", () => {
    const fleet = makeFleet({ sites: 60, perSite: 5, seed: 3 });
    const groups = findOutages(darken(fleet, ({ facts }) => facts.site === "site-7", ago(9), seededRandom(3)));
    expect(named(groups)).toEqual(["site site-7"]);
    expect(groups[0]?.sites).toEqual({ dark: 1, answering: 0, undecided: 0 });
  });

  test("two outages at the same moment are two", () => {
    const random = seededRandom(4);
    const fleet = makeFleet({ sites: 1000, seed: 4 });
    const first = darken(fleet, ({ facts }) => facts.powerFeed === "feed-12", ago(15), random);
    const both = darken(first, ({ facts }) => facts.carrier === "Funknetz" && facts.region === "West", ago(15), random);
    expect(named(findOutages(both)).sort()).toEqual(["carrier Funknetz + region West", "powerFeed feed-12"]);
  });

  test("an outage that rolls over ten minutes is one", () => {
    const random = seededRandom(5);
    const fleet = makeFleet({ sites: 600, seed: 5 });
    const whenMs = () => NOW_MS - 20 * MINUTE + random() * 10 * MINUTE;
    expect(named(findOutages(darken(fleet, ({ facts }) => facts.agentVersion === "0.5.0", whenMs, random)))).toEqual([
      "agentVersion 0.5.0",
    ]);
  });

  test("what reports every 15 minutes joins those that report every ten seconds, and is undecided until its time", () => {
    const random = seededRandom(6);
    const fleet = makeFleet({ sites: 600, seed: 6, intervalsSeconds: [10, 900] });
    const isHit = ({ facts }: { facts: Record<string, string> }) => facts.carrier === "Telko-N";
    const hit = fleet.filter(isHit);
    const early = findOutages(darken(fleet, isHit, ago(10), random));
    expect(named(early)).toEqual(["carrier Telko-N"]);
    expect(early[0]?.things.dark).toBe(hit.filter(({ intervalMs }) => intervalMs === 10_000).length);
    expect(early[0]?.things.undecided).toBe(hit.filter(({ intervalMs }) => intervalMs === 900_000).length);
    const late = findOutages(darken(fleet, isHit, ago(60), random));
    expect(late.map(({ things }) => things)).toEqual([{ dark: hit.length, answering: 0, undecided: 0 }]);
  });

  test("where the carrier of some is unknown, they may belong to it, and are not said to", () => {
    const random = seededRandom(7);
    const fleet = makeFleet({ sites: 800, seed: 7 });
    const isHit = ({ facts }: { facts: Record<string, string> }) => facts.carrier === "Satlink";
    const dark = darken(fleet, isHit, ago(12), random).map((thing, number) => {
      if (number % 5 > 0) return thing;
      const { carrier: _, ...facts } = thing.facts;
      return { ...thing, facts };
    });
    const groups = findOutages(dark);
    expect(named(groups)).toEqual(["carrier Satlink"]);
    const unknown = dark.filter(({ dark, facts }) => dark && !("carrier" in facts));
    expect(groups[0]?.maybeIds).toEqual(unknown.map(({ id }) => id).sort());
    expect(groups[0]?.things.dark).toBe(dark.filter(({ dark }) => dark).length - unknown.length);
  });
});

describe("what is not known is not named", () => {
  test("everything dark points at this side, whatever they share", () => {
    const dark = darken(makeFleet({ sites: 300, seed: 8 }), () => true, ago(8), seededRandom(8));
    expect(findOutages(dark)).toMatchObject([{ cause: "everything", factors: [], confidence: "strong" }]);
  });

  test("many at one moment that share nothing are one outage without a name", () => {
    const random = seededRandom(9);
    const fleet = makeFleet({ sites: 2000, seed: 9 });
    const hit = new Set(Array.from({ length: 12 }, () => fleet[Math.floor(random() * fleet.length)]?.id));
    expect(named(findOutages(darken(fleet, ({ id }) => hit.has(id), ago(9), random)))).toEqual(["none"]);
  });

  test("single ones at any moment of a day stay single", () => {
    const random = seededRandom(10);
    const fleet = makeFleet({ sites: 2000, seed: 10 });
    const hit = new Set(Array.from({ length: 40 }, () => fleet[Math.floor(random() * fleet.length)]?.id));
    const whenMs = () => NOW_MS - (10 + random() * 1400) * MINUTE;
    expect(findOutages(darken(fleet, ({ id }) => hit.has(id), whenMs, random))).toEqual([]);
  });

  test("facts that cannot be told apart are both told, and neither is sure", () => {
    const fleet = makeFleet({ sites: 600, seed: 11 }).map((thing) => ({
      ...thing,
      facts: { ...thing.facts, operatingSystem: thing.facts.carrier === "Satlink" ? "Edge OS 3" : "Other" },
    }));
    const [group] = findOutages(darken(fleet, ({ facts }) => facts.carrier === "Satlink", ago(9), seededRandom(11)));
    expect(group).toMatchObject({ factors: [{ kind: "carrier", value: "Satlink" }], confidence: "possible" });
    expect(group?.evidence.find(({ factors }) => factors[0]?.kind === "operatingSystem")).toMatchObject({
      isRival: true,
    });
  });
});

test("the order of rows changes nothing, nobody is in two outages, and no member lacks the factor", () => {
  for (let seed = 20; seed < 60; seed++) {
    const random = seededRandom(seed);
    const fleet = makeFleet({
      sites: 150,
      perSite: 2,
      seed,
      intervalsSeconds: [10, 60, 900],
      unknownCarrierRatio: 0.2,
    });
    const rate = random() * 0.4;
    const region = ["Nord", "Süd"][seed % 2];
    const some = darken(
      fleet,
      () => random() < rate / 4,
      () => NOW_MS - random() * 100 * MINUTE,
      random,
    );
    const dark = darken(some, ({ facts }) => facts.region === region && random() < rate * 2, ago(50), random);
    const groups = findOutages(dark);
    expect(findOutages([...dark].reverse())).toEqual(groups);
    const ids = groups.flatMap(({ memberIds, maybeIds }) => [...memberIds, ...maybeIds]);
    expect(new Set(ids).size).toBe(ids.length);
    const byId = new Map(dark.map((thing) => [thing.id, thing]));
    for (const { factors, memberIds, things, sites } of groups) {
      expect(things.dark).toBe(memberIds.length);
      expect(sites.dark).toBeLessThanOrEqual(things.dark);
      for (const id of memberIds) {
        expect(byId.get(id)?.dark).not.toBeNull();
        for (const { kind, value } of factors) expect(byId.get(id)?.facts[kind]).toBe(value);
      }
    }
  }
});

test("of 200 made outages with a known cause, among singles that go dark by themselves, the name is right in 95 of 100", () => {
  const causes: ((seed: number) => Factor[])[] = [
    () => [{ kind: "carrier", value: "Telko-N" }],
    () => [
      { kind: "carrier", value: "Kabel-Süd" },
      { kind: "region", value: "Ost" },
    ],
    (seed) => [{ kind: "powerFeed", value: `feed-${seed % 40}` }],
    () => [{ kind: "agentVersion", value: "0.4.1" }],
    () => [{ kind: "region", value: "Mitte" }],
  ];
  let right = 0;
  let false_ = 0;
  for (let seed = 100; seed < 300; seed++) {
    const random = seededRandom(seed);
    const cause = causes[seed % causes.length]?.(seed) ?? [];
    const isOf = ({ facts }: { facts: Record<string, string> }) =>
      cause.every(({ kind, value }) => facts[kind] === value) && random() < 0.95;
    const fleet = makeFleet({ sites: 400, seed, intervalsSeconds: [10, 60, 900], unknownCarrierRatio: 0.1 });
    const hit = darken(fleet, isOf, ago(50), random);
    const dark = darken(
      hit,
      () => random() < 0.01,
      () => NOW_MS - random() * 200 * MINUTE,
      random,
    );
    const names = named(findOutages(dark));
    if (names.includes(factorsKey(cause))) right += 1;
    false_ += names.filter((name) => name !== factorsKey(cause)).length;
  }
  expect(right).toBeGreaterThanOrEqual(190);
  expect(false_).toBeLessThanOrEqual(10);
});
