import type { AgentPlan, FleetPlan, SitePlan } from "./fleet-plan";
import { between, chance } from "./noise";
import { localHour } from "./places";

/**
 * What befalls the fleet, and when: by the clock alone, so that any moment can be asked for. All times are seconds
 * since 1970.
 */

const HOUR = 3600;
const DAY = 24 * HOUR;

/** One outage of a carrier in one region begins so often. */
export const OUTAGE_EVERY_SECONDS = HOUR;
/** Longer than until the next one is found: at any moment one goes on that is known, and one was over within the hour. */
const OUTAGE_SECONDS = 75 * 60;
/** Within so long all of its sites are dark, and are back. */
const OUTAGE_SPREAD_SECONDS = 110;

export type Outage = { carrier: string; city: string; from: number; until: number };

type Sites = Pick<FleetPlan, "seed" | "sites">;
/** What one carrier has in one region. */
type Coverage = { carrier: string; city: string; sites: number };

const coverages = new WeakMap<Sites["sites"], Coverage[]>();

/** Where carriers have most sites at the edge, the larger half: of one site nobody could say what took it. In any order. */
function wideCoverages({ seed, sites }: Sites): Coverage[] {
  const known = coverages.get(sites);
  if (known) return known;
  const all = new Map<string, Coverage>();
  for (const { kind, carrier, place } of sites) {
    if (kind !== "edge") continue;
    const key = `${place.city} ${carrier}`;
    const one = all.get(key) ?? { carrier, city: place.city, sites: 0 };
    one.sites += 1;
    all.set(key, one);
  }
  const widest = [...all.values()].sort((left, right) => right.sites - left.sites);
  const turn = ({ city, carrier }: Coverage) => chance(seed, "outages", city, carrier);
  const wide = widest.slice(0, Math.ceil(widest.length / 2)).sort((left, right) => turn(left) - turn(right));
  coverages.set(sites, wide);
  return wide;
}

/** Outages that go on at a moment, or have ended within the hour before; the newest first. None without an edge. */
export function outagesAt(fleet: Sites, at: number): Outage[] {
  const wide = wideCoverages(fleet);
  const newest = Math.floor(at / OUTAGE_EVERY_SECONDS);
  return [newest, newest - 1, newest - 2].flatMap((turn) => {
    const hit = wide[turn % wide.length];
    const from = turn * OUTAGE_EVERY_SECONDS;
    return hit ? { carrier: hit.carrier, city: hit.city, from, until: from + OUTAGE_SECONDS } : [];
  });
}

const isHit = (outage: Outage, site: SitePlan) =>
  site.kind === "edge" && site.carrier === outage.carrier && site.place.city === outage.city;

/** Whether nothing gets through from an agent: its carrier is out, or its own link is dead for hours or days. */
export function isDark(fleet: Sites, agent: AgentPlan, at: number): boolean {
  const { site, name } = agent;
  if (site.kind !== "edge") return false;
  for (const outage of outagesAt(fleet, at)) {
    // By site: what stands at one place goes at once.
    const late = isHit(outage, site) ? OUTAGE_SPREAD_SECONDS * chance(site.name, "outage", outage.from) : 0;
    if (late > 0 && at >= outage.from + late && at < outage.until + late) return true;
  }
  const slot = Math.floor(at / (12 * HOUR));
  if (chance(name, "link", slot) < 0.02) {
    const from = slot * 12 * HOUR + between(0, 9 * HOUR, name, "link from", slot);
    if (at >= from && at < from + between(0.5 * HOUR, 3 * HOUR, name, "link for", slot)) return true;
  }
  const days = Math.floor(at / (5 * DAY));
  return chance(name, "dead", days) < 0.008 && at >= days * 5 * DAY + between(0, 2 * DAY, name, "dead from", days);
}

/** How busy things are, 0 to 1: little at night, most around noon and in the evening, less on Sundays. */
export function dayLoad(timeZone: string, at: number): number {
  const hour = localHour(timeZone, at);
  const bell = (middle: number, width: number) => Math.exp(-(((hour - middle) / width) ** 2));
  // 1 January 1970 was a Thursday.
  const isSunday = Math.floor(at / DAY) % 7 === 3;
  return (0.12 + 0.75 * bell(11.5, 3.2) + 0.6 * bell(18.5, 2.6)) * (isSunday ? 0.5 : 1);
}

/** A sawtooth from 0 to 1 that takes `period` seconds: what fills up until somebody clears it. */
function sawtooth(at: number, period: number, ...words: readonly (string | number)[]): number {
  return (at / period + chance(...words, "tooth")) % 1;
}

/** Memory of a leaking process, 0 to 1 of what is free; null for one that does not leak. */
export function leak(name: string, at: number): number | null {
  if (chance(name, "leak") >= 0.05) return null;
  return sawtooth(at, between(3, 9, name, "leak days") * DAY, name, "leak");
}

/** How full something is that fills up linearly until a date, 0.35 to 0.99; null for what does not. */
export function filling(name: string, at: number): number | null {
  if (chance(name, "filling") >= 0.07) return null;
  return 0.35 + 0.64 * sawtooth(at, between(20, 60, name, "filling days") * DAY, name, "filling");
}

/** A disk on its way out: 0 = well, up to 1. */
export function diskWear(name: string, at: number): number {
  if (chance(name, "wear") >= 0.04) return 0;
  return sawtooth(at, between(8, 20, name, "wear days") * DAY, name, "wear") ** 2;
}

/** Since when something has a trouble that comes and goes; null while it has none. */
export function trouble(name: string, at: number, { share, hours }: { share: number; hours: number }): number | null {
  const slot = Math.floor(at / (hours * HOUR) + chance(name, "slot"));
  if (chance(name, "trouble", slot) >= share) return null;
  return Math.floor((slot - chance(name, "slot")) * hours * HOUR);
}

export type Certificate = { expiresAt: number; renewalAt: number; state: "valid" | "due" | "expired" };

/** A certificate of ninety days, renewed thirty days before its end, unless nobody can. */
export function certificate(name: string, at: number): Certificate {
  const isStuck = chance(name, "stuck certificate") < 0.06;
  const cycle = isStuck ? 120 * DAY : 60 * DAY;
  const issuedAt = Math.floor(at - sawtooth(at, cycle, name, "certificate") * cycle);
  // Issued at a full minute: the same second for the whole cycle, whatever a fraction rounds to.
  const whole = Math.round(issuedAt / 60) * 60;
  const expiresAt = whole + 90 * DAY;
  const renewalAt = whole + 60 * DAY;
  return { expiresAt, renewalAt, state: at >= expiresAt ? "expired" : isStuck && at >= renewalAt ? "due" : "valid" };
}
