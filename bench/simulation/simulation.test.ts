import { describe, expect, test } from "vitest";
import { type Flaw, isKnownToPlainAgent, plainAgent } from "./plain-agent";
import { runPlan } from "./run-seed";
import { describeResult, isGood } from "./seed-result";
import { simulateDarkness, simulateSeed } from "./simulate-seed";

/** The set is fixed, so that what passes today passes tomorrow; `npm run simulate` runs as many others as wanted. */
const SEEDS = [
  ...Array.from({ length: 8 }, (_, index) => index + 1),
  // Days on which time was counted twice once: over the border of an hour, and over a reboot.
  ...[47, 215, 417, 541],
  // Boots that ended without contact, whose own clock put them onto moments of others.
  ...[11_200, 11_578, 20_060],
  // Restarted from baselines older than a moment in quarantine: the growth of that is in the record, too.
  3367,
];
const HOURS = 24;

test("the same seed gives the same run, to the last figure", async () => {
  expect(await simulateSeed(5, HOURS)).toEqual(await simulateSeed(5, HOURS));
});

test.each(SEEDS)("seed %i: a day of faults loses, doubles, alters and invents nothing", async (seed) => {
  const result = await simulateSeed(seed, HOURS);
  expect(isGood(result), describeResult(result)).toBe(true);
});

test.each([1, 2, 3])("seed %i: after 72 dark hours sums are right and the newest moments are there", async (seed) => {
  const result = await simulateDarkness(seed, 72);
  expect(isGood(result), describeResult(result, 72)).toBe(true);
  expect(result.thinned).toBeGreaterThan(result.read / 2);
});

test("a spool without room even for the coarsest history gives up the oldest, which is seen, and keeps the newest", async () => {
  const result = await simulateDarkness(4, 72, [], 12_000);
  expect(result.altered).toBeGreaterThan(0);
  expect(result.lost).toBe(0);
});

test("an agent without flaws passes", async () => {
  const result = await runPlan({ seed: 3, hours: HOURS, startAgent: plainAgent(), isMeant: isKnownToPlainAgent });
  expect(isGood(result), describeResult(result)).toBe(true);
  expect(result.stored).toBe(result.read);
});

describe("the oracle sees an agent that breaks its promise", () => {
  const FLAWS: [Flaw, "lost" | "doubled" | "altered"][] = [
    ["forgetsOnSend", "lost"],
    ["sendsUnderNewTime", "doubled"],
    ["countsAgain", "altered"],
    ["roundsGauges", "altered"],
  ];
  test.each(FLAWS)("%s is %s", async (flaw, verdict) => {
    const startAgent = plainAgent(flaw);
    const result = await runPlan({ seed: 3, hours: HOURS, startAgent, isMeant: isKnownToPlainAgent });
    expect(result[verdict]).toBeGreaterThan(0);
    expect(result.findings.join("\n")).toContain(verdict);
  });
});
