import type { Block } from "@/contract/codec/block";
import type { TrueMoment, TrueReading } from "./edge-world";
import { entityOf, ownOf } from "./oracle";
import type { Verdict } from "./seed-result";

const FINDINGS_MAX = 8;
/** The coarsest that an edge makes its history when there is no room. */
const COARSEST_SECONDS = 3600;
/** Records on their way when the dark begins may share its fate. */
const IN_FLIGHT_SECONDS = 300;
/** The newest of a full spool keep their resolution: a segment of 60 moments, less what is read until the first contact. */
const NEWEST_SECONDS = 45 * 60;

/** Epoch seconds between which nothing got through. */
export type Dark = { from: number; until: number };

/**
 * Compares the truth of one boot with what is stored after a darkness that the spool had no room for. Outside of it, and
 * for the newest moments within, each moment is stored as it was read. Within, history may be coarse: records are fewer
 * and gauges are means, but growth and the time that it covers add up to the same, to the last step.
 */
export class DarkOracle implements Verdict {
  lost = 0;
  doubled = 0;
  altered = 0;
  invented = 0;
  stored = 0;
  /** Durable moments that live on in a coarser record only. */
  thinned = 0;
  readonly findings: string[] = [];
  readonly #truths: readonly TrueMoment[];
  readonly #numberAt: ReadonlyMap<number, TrueMoment>;

  constructor(
    readonly durable: ReadonlyMap<number, TrueMoment>,
    read: ReadonlyMap<number, TrueMoment>,
    readonly dark: Dark,
  ) {
    this.#truths = [...read.values()];
    this.#numberAt = new Map(this.#truths.map((truth) => [truth.at / 1000, truth]));
  }

  compare(blocks: readonly Block[]): void {
    const moments = new Set(entityOf(blocks, "machine", "machine").map(({ moment }) => moment));
    for (const { at, number } of this.durable.values()) {
      if (moments.has(at / 1000)) this.stored += 1;
      else if (this.#mayBeCoarse(at / 1000)) this.thinned += 1;
      else this.#find("lost", `number ${number} of ${new Date(at).toISOString()}`);
    }
    for (const { kind, key } of this.#truths[0]?.entities ?? []) this.#compareEntity(blocks, kind, key);
  }

  #mayBeCoarse(moment: number): boolean {
    return moment > this.dark.from - IN_FLIGHT_SECONDS && moment < this.dark.until - NEWEST_SECONDS;
  }

  #compareEntity(blocks: readonly Block[], kind: TrueReading["kind"], key: string): void {
    const sums = new Map<string, number>();
    let newest = 0;
    for (const { moment, readings } of entityOf(blocks, kind, key)) {
      const truth = this.#numberAt.get(moment);
      if (!truth) {
        this.#find("invented", `${kind} at ${moment}: nobody read anything then`);
        continue;
      }
      const isCoarse = this.#mayBeCoarse(moment);
      for (const [name, steps] of Object.entries(ownOf(truth, kind, key)?.gauges ?? {})) {
        const least = isCoarse ? this.#least(moment, kind, key, name) : steps;
        const most = isCoarse ? -this.#least(moment, kind, key, name, -1) : steps;
        const found = readings.get(name) ?? Number.NaN;
        if (!(found >= least && found <= most)) {
          this.#find("altered", `${kind} ${name} at ${moment}: ${found}, not within ${least} to ${most}`);
        }
      }
      for (const [name, total] of Object.entries(this.#totalsAt(moment, kind, key))) {
        const sum = (sums.get(name) ?? 0) + (readings.get(name) ?? 0);
        sums.set(name, sum);
        const least = isCoarse ? (this.#totalsAt(moment - COARSEST_SECONDS, kind, key)[name] ?? 0) : total;
        if (sum > total) this.#find("doubled", `${kind} ${name} up to ${moment}: ${sum} instead of ${total}`);
        else if (sum < least) this.#find("altered", `${kind} ${name} up to ${moment}: ${sum} instead of ${total}`);
      }
      newest = moment;
    }
    const last = [...this.durable.values()].at(-1);
    if (last && newest < last.at / 1000) this.#find("lost", `${kind}: nothing after ${newest}`);
  }

  /** The smallest reading, with its sign changed for a `sign` of −1, of the time that one record may stand for. */
  #least(moment: number, kind: TrueReading["kind"], key: string, name: string, sign = 1): number {
    const group = this.#truths.filter(({ at }) => at / 1000 > moment - COARSEST_SECONDS && at / 1000 <= moment);
    return Math.min(...group.map((truth) => sign * (ownOf(truth, kind, key)?.gauges[name] ?? Number.NaN)));
  }

  /** Growth since the first reading of all, and the seconds that it took. */
  #totalsAt(moment: number, kind: TrueReading["kind"], key: string): Record<string, number> {
    const truth = this.#numberAt.get(moment);
    const [first] = this.#truths;
    if (!truth || !first) return {};
    const before = ownOf(first, kind, key)?.counters ?? {};
    const counters = Object.entries(ownOf(truth, kind, key)?.counters ?? {});
    if (counters.length === 0) return {};
    return {
      spanSeconds: (truth.at - first.at) / 1000,
      ...Object.fromEntries(counters.map(([name, steps]) => [name, steps - (before[name] ?? 0)])),
    };
  }

  #find(what: keyof Verdict, words: string): void {
    this[what] += 1;
    if (this.findings.length < FINDINGS_MAX) this.findings.push(`${what}: ${words}`);
  }
}
