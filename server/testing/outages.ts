import type { Facts, Thing } from "@/server/outages/model";
import { seededRandom } from "./random";

export const NOW_MS = Date.parse("2026-06-01T12:00:00Z");

export type MadeThing = Thing & { facts: Facts & { site: string }; intervalMs: number };

/** What reports at 10 s, a minute and 15 minutes; the share of sites whose carrier nobody entered. */
export type FleetOptions = {
  sites: number;
  seed: number;
  perSite?: number;
  intervalsSeconds?: readonly number[];
  unknownCarrierRatio?: number;
};

const CARRIERS = ["Telko-N", "Kabel-Süd", "Satlink", "Funknetz"];
const REGIONS = ["Nord", "Süd", "Ost", "West", "Mitte"];
const VERSIONS = ["0.4.0", "0.4.1", "0.5.0"];

/** A fleet that answers: facts drawn by chance, a power feed for each ten sites. */
export function makeFleet(options: FleetOptions): MadeThing[] {
  const { sites, seed, perSite = 1, intervalsSeconds = [10, 60], unknownCarrierRatio = 0 } = options;
  const random = seededRandom(seed);
  const of = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? "";
  return Array.from({ length: sites }, (_, number) => {
    const region = of(REGIONS);
    const carrier = random() < unknownCarrierRatio ? {} : { carrier: of(CARRIERS) };
    const shared = {
      site: `site-${number}`,
      region,
      country: "DE",
      powerFeed: `feed-${Math.floor(number / 10)}`,
      ...carrier,
    };
    return Array.from({ length: perSite }, (_, machine): MadeThing => {
      const intervalMs = 1000 * (intervalsSeconds[Math.floor(random() * intervalsSeconds.length)] ?? 60);
      const facts = { ...shared, agentVersion: of(VERSIONS), provider: random() < 0.5 ? "aws" : "onPremises" };
      const id = `thing-${String(number).padStart(6, "0")}-${machine}`;
      return { id, facts, heardMs: NOW_MS - random() * intervalMs, dark: null, intervalMs };
    });
  }).flat();
}

/** The same fleet after these went silent at a moment; those whose silence is still within their rule are not dark yet. */
export function darken(
  fleet: readonly MadeThing[],
  isHit: (thing: MadeThing) => boolean,
  whenMs: (thing: MadeThing) => number,
  random: () => number,
): MadeThing[] {
  return fleet.map((thing) => {
    if (thing.dark || !isHit(thing)) return thing;
    const heardMs = whenMs(thing) - random() * thing.intervalMs;
    const isKnown = NOW_MS - heardMs > 3 * thing.intervalMs;
    return { ...thing, heardMs, dark: isKnown ? { fromMs: heardMs, toMs: heardMs + thing.intervalMs } : null };
  });
}
