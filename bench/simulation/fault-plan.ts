import type { Random } from "@/bench/data/random";

/** Everything that goes wrong in a simulated day; `forSeconds` is how long it lasts. */
export type Fault =
  | { what: "gatewayAway" | "databaseAway" | "linkDown" | "diskFull" | "diskReadOnly"; forSeconds: number }
  | { what: "gatewayRestart" | "connectionsBreak" | "halfOpen" | "agentKill" | "agentStop" | "machineReboot" }
  | { what: "linkSlow"; latencyMilliseconds: number; forSeconds: number }
  | { what: "answersLost"; count: number }
  | { what: "bitFlip"; place: number }
  | { what: "clockStep"; bySeconds: number }
  | { what: "bootClock"; bySeconds: number }
  | { what: "poison"; forSeconds: number };

export type TimedFault = { atSeconds: number; fault: Fault };

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

/** Short ones are many and long ones few: evenly in the exponent. */
const logBetween = (random: Random, least: number, most: number): number => least * (most / least) ** random.next();

type Kind = { weight: number; make: (random: Random) => Fault };

const KINDS: Kind[] = [
  { weight: 4, make: (r) => ({ what: "gatewayAway", forSeconds: logBetween(r, 1, 6 * HOUR) }) },
  { weight: 3, make: (r) => ({ what: "databaseAway", forSeconds: logBetween(r, 1, HOUR) }) },
  { weight: 4, make: (r) => ({ what: "linkDown", forSeconds: logBetween(r, 1, 6 * HOUR) }) },
  {
    weight: 2,
    make: (r) => ({
      what: "linkSlow",
      latencyMilliseconds: logBetween(r, 200, 15_000),
      forSeconds: logBetween(r, 60, 2 * HOUR),
    }),
  },
  { weight: 3, make: () => ({ what: "gatewayRestart" }) },
  { weight: 4, make: () => ({ what: "connectionsBreak" }) },
  { weight: 2, make: () => ({ what: "halfOpen" }) },
  { weight: 4, make: (r) => ({ what: "answersLost", count: 1 + r.below(3) }) },
  { weight: 5, make: () => ({ what: "agentKill" }) },
  { weight: 1, make: () => ({ what: "agentStop" }) },
  { weight: 2, make: () => ({ what: "machineReboot" }) },
  { weight: 1, make: (r) => ({ what: "diskFull", forSeconds: logBetween(r, 60, HOUR) }) },
  { weight: 1, make: (r) => ({ what: "diskReadOnly", forSeconds: logBetween(r, 60, HOUR) }) },
  { weight: 1, make: (r) => ({ what: "bitFlip", place: r.next() }) },
  // A year either way, an NTP step, a leap second.
  { weight: 1, make: (r) => ({ what: "clockStep", bySeconds: (r.chance(0.5) ? 1 : -1) * logBetween(r, 1, YEAR) }) },
  // A machine without a battery boots in the past and learns the time later.
  { weight: 1, make: (r) => ({ what: "bootClock", bySeconds: -logBetween(r, HOUR, 50 * YEAR) }) },
  { weight: 1, make: (r) => ({ what: "poison", forSeconds: logBetween(r, 1, 300) }) },
];

/** Faults of one day in the order of time. Every day has its own mixture: some have few kinds, many times. */
export function planFaults(random: Random, seconds: number): TimedFault[] {
  const count = 1 + Math.floor(40 * random.next() ** 2);
  const kinds = KINDS.filter(() => random.chance(0.6));
  const chosen = kinds.length > 0 ? kinds : KINDS;
  const total = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const choose = (): Fault => {
    let left = random.next() * total;
    for (const { weight, make } of chosen) {
      left -= weight;
      if (left < 0) return make(random);
    }
    return { what: "agentKill" };
  };
  return Array.from({ length: count }, () => ({ atSeconds: random.next() * seconds, fault: choose() })).sort(
    (left, right) => left.atSeconds - right.atSeconds,
  );
}
