import { type Block, PRESENT } from "@/contract/codec/block";
import { metricsOf } from "@/contract/metrics";
import type { TrueMoment, TrueReading } from "./edge-world";
import type { Verdict } from "./seed-result";

/** What is stored of one entity at one moment, by reading, in steps. */
type StoredEntity = { moment: number; readings: Map<string, number> };

/** Growth over some time of one boot. */
type Gap = { seconds: number; counters: Record<string, number> };

const FINDINGS_MAX = 8;
/** By so much an edge's clock may be set without being noticed, and with it a span. */
const CLOCK_STEP_SECONDS = 30;
/** An edge's clock is not corrected when it is off by less (two minutes), and moments are whole seconds. */
const CLOCK_TOLERANCE_SECONDS = 125;

/**
 * Compares the truth with the record. Moments are told apart by the number that `load1` carries, not by their time, so
 * that a wrong clock hides nothing.
 */
export class Oracle implements Verdict {
  lost = 0;
  doubled = 0;
  altered = 0;
  invented = 0;
  stored = 0;
  setAside = 0;
  keptApart = 0;
  readonly findings: string[] = [];

  /**
   * @param durable moments that the agent had made durable, in the order in which they were read
   * @param excused numbers of moments that the agent put out of the way and said so
   * @param misdated numbers of moments that the store keeps apart, because their time could not be right
   * @param unsure numbers of moments whose clock was never compared with the gateway's
   */
  constructor(
    readonly durable: ReadonlyMap<number, TrueMoment>,
    readonly read: ReadonlyMap<number, TrueMoment>,
    readonly excused: ReadonlySet<number>,
    readonly misdated: ReadonlySet<number>,
    readonly unsure: ReadonlySet<number>,
  ) {}

  compare(blocks: readonly Block[]): void {
    const machine = entityOf(blocks, "machine", "machine");
    const momentOf = new Map<number, number>();
    for (const { moment, readings } of machine) {
      const number = readings.get("load1") ?? 0;
      const known = momentOf.get(number);
      if (!this.read.has(number)) this.#find("invented", `moment ${moment} has number ${number}, which nobody read`);
      else if (known !== undefined) this.#find("doubled", `number ${number} is stored at ${known} and at ${moment}`);
      momentOf.set(number, moment);
    }
    for (const [number, truth] of this.durable) {
      const moment = momentOf.get(number);
      if (moment === undefined) {
        if (this.misdated.has(number)) this.keptApart += 1;
        else if (this.excused.has(number)) this.setAside += 1;
        else this.#find("lost", `number ${number} of ${new Date(truth.at).toISOString()} (boot ${truth.boot})`);
        continue;
      }
      this.stored += 1;
      const off = moment - truth.at / 1000;
      if (!this.unsure.has(number) && Math.abs(off) > CLOCK_TOLERANCE_SECONDS) {
        this.#find("altered", `number ${number} is stored ${Math.round(off)} s beside its time`);
      }
    }
    const numberAt = new Map([...momentOf].map(([number, moment]) => [moment, number]));
    const [any] = this.read.values();
    for (const { kind, key } of any?.entities ?? []) this.#compareEntity(blocks, kind, key, numberAt);
  }

  /** Gauges one by one; counters as the growth of the time that each record holds. */
  #compareEntity(
    blocks: readonly Block[],
    kind: TrueReading["kind"],
    key: string,
    numberAt: Map<number, number>,
  ): void {
    const stored = entityOf(blocks, kind, key)
      .flatMap((entity) => {
        const number = numberAt.get(entity.moment);
        const truth = number === undefined ? undefined : this.read.get(number);
        const own = truth && ownOf(truth, kind, key);
        return truth && own ? [{ ...entity, truth, own }] : [];
      })
      .sort((left, right) => left.truth.number - right.truth.number);
    let gaps: readonly Gap[] = [];
    stored.forEach(({ moment, readings, truth, own }, at) => {
      for (const [name, steps] of Object.entries(own.gauges)) {
        if (readings.get(name) !== steps) {
          this.#find("altered", `${kind} ${name} at ${moment}: ${readings.get(name)} instead of ${steps}`);
        }
      }
      const before = stored[at - 1];
      if (before?.truth.boot !== truth.boot) {
        gaps = [];
        return;
      }
      const since = growthBetween(before.truth, truth, kind, key);
      const held = this.#growthsThatFit(before.truth, truth, kind, key, gaps).find(({ growth }) =>
        Object.entries(growth.counters).every(([name, steps]) => readings.get(name) === steps),
      );
      const isOfOlderGaps = held !== undefined && held.growth.seconds > since.seconds;
      if (held && (!isOfOlderGaps || coversAsMuch(readings, held.growth))) {
        gaps = held.gaps;
        return;
      }
      for (const [name, grown] of Object.entries(since.counters)) {
        if (readings.get(name) !== grown) {
          this.#find("altered", `${kind} ${name} at ${moment}: grew by ${readings.get(name)} instead of ${grown}`);
        }
      }
    });
  }

  /**
   * What a record may hold, and the gaps that are left then. As a rule it is the growth since the stored moment before.
   * A moment in quarantine holds its own growth, so the record after it begins there, and leaves a gap. An agent that
   * starts from older baselines, since its disk took no newer ones, counts over such gaps: the store takes out what is
   * stored, and what is not stays with the record.
   */
  #growthsThatFit(
    before: TrueMoment,
    truth: TrueMoment,
    kind: TrueReading["kind"],
    key: string,
    gaps: readonly Gap[],
  ): { growth: Gap; gaps: readonly Gap[] }[] {
    const since = growthBetween(before, truth, kind, key);
    const ofBaselines = Array.from({ length: gaps.length + 1 }, (_, count) => ({
      growth: gaps.slice(gaps.length - count).reduce(addGrowth, since),
      gaps: gaps.slice(0, gaps.length - count),
    }));
    const ofQuarantine = [];
    for (let number = before.number + 1; number < truth.number; number += 1) {
      const between = this.read.get(number);
      if (!between || !(this.excused.has(number) || this.misdated.has(number))) continue;
      ofQuarantine.push({
        growth: growthBetween(between, truth, kind, key),
        gaps: [...gaps, growthBetween(before, between, kind, key)],
      });
    }
    return [...ofBaselines, ...ofQuarantine];
  }

  #find(what: keyof Verdict, words: string): void {
    this[what] += 1;
    if (this.findings.length < FINDINGS_MAX) this.findings.push(`${what}: ${words}`);
  }
}

/** What was read of one entity; undefined where it was not there. */
export function ownOf(truth: TrueMoment, kind: TrueReading["kind"], key: string): TrueReading | undefined {
  return truth.entities.find((candidate) => candidate.kind === kind && candidate.key === key);
}

/** What the counters of an entity grew by from one true moment to another of the same boot. */
function growthBetween(from: TrueMoment, to: TrueMoment, kind: TrueReading["kind"], key: string): Gap {
  const before = ownOf(from, kind, key)?.counters ?? {};
  const counters = Object.entries(ownOf(to, kind, key)?.counters ?? {});
  return {
    seconds: (to.at - from.at) / 1000,
    counters: Object.fromEntries(counters.map(([name, steps]) => [name, steps - (before[name] ?? 0)])),
  };
}

const addGrowth = (left: Gap, right: Gap): Gap => ({
  seconds: left.seconds + right.seconds,
  counters: Object.fromEntries(
    Object.entries(left.counters).map(([name, steps]) => [name, steps + (right.counters[name] ?? 0)]),
  ),
});

/** Only a record that says so may hold the growth of older gaps. */
const coversAsMuch = (readings: Map<string, number>, { seconds }: Gap): boolean =>
  Math.abs((readings.get("spanSeconds") ?? 0) - seconds) <= CLOCK_STEP_SECONDS;

/** Numbers of the moments in some blocks. */
export function numbersIn(blocks: readonly Block[]): number[] {
  return entityOf(blocks, "machine", "machine").map(({ readings }) => readings.get("load1") ?? 0);
}

/** What is stored of one entity, in the order of the blocks. */
export function entityOf(blocks: readonly Block[], kind: TrueReading["kind"], key: string): StoredEntity[] {
  const found: StoredEntity[] = [];
  for (const { layout, moments, values, absence } of blocks) {
    const slot = layout.entries.findIndex((entry) => entry.kind === kind && entry.key === key);
    if (slot < 0) continue;
    moments.forEach((moment, at) => {
      const readings = new Map<string, number>();
      metricsOf(kind).forEach(({ name }, index) => {
        const place = layout.columnOf(slot, index) * moments.length + at;
        if (absence[place] === PRESENT) readings.set(name, values[place] ?? 0);
      });
      if (readings.size > 0) found.push({ moment, readings });
    });
  }
  return found;
}
