import * as z from "zod";

/** What the edge knows of time: a wall clock that anybody may set, and one that only runs, since the boot. */
export interface Clock {
  /** Milliseconds since 1970, as the edge believes. */
  wallMs(): number;
  /** Milliseconds that never go back while the machine runs. */
  monotonicMs(): number;
}

/** An edge clock that differs by less is left alone: the difference is mostly the way to the gateway. */
const OFFSET_SECONDS_MAX = 120;
/** A jump of the wall clock against the other one: somebody set it. */
const STEP_MS_MIN = 30_000;
/** Generations that are remembered: each is a boot or a step of the clock. */
const GENERATIONS_MAX = 64;

const Generation = z.object({
  number: z.number().int(),
  bootId: z.string().nullable(),
  /** Wall minus monotonic clock: what ties the generations of one boot to each other. */
  baseMs: z.number(),
  /** The same at the last record: a clock that is slewed, or set by little, wanders within its run. */
  lastBaseMs: z.number().optional(),
  firstWall: z.number().int(),
  lastWall: z.number().int(),
  /** Gateway minus edge in seconds, as measured or as it follows from another run of this boot; null before that. */
  offset: z.number().nullable(),
  /** Seconds to add; null until the gateway's time was seen, and never changed afterwards. */
  correction: z.number().int().nullable(),
  /** Never compared with the gateway's clock: placed between the runs before and after it. */
  isUnsure: z.boolean().optional(),
});
type Generation = z.infer<typeof Generation>;
export const ClockState = z.object({ generations: z.array(Generation) });
export type ClockState = z.infer<typeof ClockState>;

/**
 * Moments by the edge's clock, corrected once for each run of it. A run begins at a boot and whenever the clock was set.
 * Its correction is fixed at the first contact and never changes, so that a record sent twice is the same record.
 */
export class EdgeClock {
  readonly #clock: Clock;
  readonly #generations: Generation[];
  readonly #onChange: (state: ClockState) => void;
  #offsetSeconds: number | null = null;

  constructor(clock: Clock, bootId: string | null, state: ClockState | null, onChange: (state: ClockState) => void) {
    this.#clock = clock;
    this.#generations = structuredClone(state?.generations ?? []);
    this.#onChange = onChange;
    const last = this.#generations.at(-1);
    const isSameRun = last && bootId !== null && last.bootId === bootId && !this.#isStepped(last.baseMs);
    if (!isSameRun) this.#begin(bootId);
  }

  /** Gateway minus edge at the last contact of this process, in seconds; null before the first. */
  get offsetSeconds(): number | null {
    return this.#offsetSeconds;
  }

  /** Time of a record that is made now. No two records have the same, neither before nor after the correction. */
  stamp(): { generation: number; wall: number } {
    const before = this.#current();
    if (this.#isStepped(before.baseMs)) this.#begin(before.bootId);
    const run = this.#current();
    const now = Math.floor(this.#clock.wallMs() / 1000);
    const after = run.correction === null ? 0 : this.#newestCorrected(run.number) + 1 - run.correction;
    run.lastWall = Math.max(now, run.lastWall + 1, after);
    run.lastBaseMs = this.#clock.wallMs() - this.#clock.monotonicMs();
    return { generation: run.number, wall: run.lastWall };
  }

  /** The newest record that an earlier process made stays before those to come, in this run of the clock or after it. */
  continueAfter(newest: { generation: number; wall: number } | null): void {
    const run = this.#generations.find(({ number }) => number === newest?.generation);
    if (run && newest) run.lastWall = Math.max(run.lastWall, newest.wall);
  }

  /** Takes note of the gateway's time: fixes what has no correction yet, of this boot also what came before. */
  contact(gatewayMs: number): void {
    const run = this.#current();
    if (this.#isStepped(run.baseMs)) this.#begin(run.bootId);
    const current = this.#current();
    this.#offsetSeconds = (gatewayMs - this.#clock.wallMs()) / 1000;
    if (current.correction !== null) return;
    current.offset = this.#offsetSeconds;
    const isOfBoot = (run: Generation) => run === current || (run.bootId !== null && run.bootId === current.bootId);
    const open = this.#generations.filter(({ correction }) => correction === null);
    const bootedAt = (gatewayMs - this.#clock.monotonicMs()) / 1000;
    this.#place(
      open.filter((run) => !isOfBoot(run)),
      current.bootId === null ? gatewayMs / 1000 : bootedAt,
    );
    for (const run of open.filter(isOfBoot)) this.#fix(run, current);
    this.#onChange(this.state());
  }

  /** Moment to send for a record; `isUnsure` for a run whose boot ended without ever having had contact. */
  correct(generation: number, wall: number): { moment: number; isUnsure: boolean } {
    const run = this.#generations.find((other) => other.number === generation);
    if (!run || run.correction === null) return { moment: wall, isUnsure: true };
    return { moment: wall + run.correction, isUnsure: run.isUnsure ?? false };
  }

  state(): ClockState {
    return { generations: structuredClone(this.#generations) };
  }

  #isStepped(baseMs: number): boolean {
    return Math.abs(this.#clock.wallMs() - this.#clock.monotonicMs() - baseMs) > STEP_MS_MIN;
  }

  #begin(bootId: string | null): void {
    const wall = Math.floor(this.#clock.wallMs() / 1000);
    const before = this.#generations.at(-1);
    const run: Generation = {
      number: (this.#generations.at(-1)?.number ?? 0) + 1,
      bootId,
      baseMs: this.#clock.wallMs() - this.#clock.monotonicMs(),
      firstWall: wall,
      lastWall: wall - 1,
      offset: null,
      correction: null,
    };
    this.#generations.push(run);
    // A step within a boot is seen in full by the clock that only runs: nobody has to be asked.
    if (before && before.offset !== null && bootId !== null && before.bootId === bootId) this.#fix(run, before);
    this.#generations.splice(0, this.#generations.length - GENERATIONS_MAX);
    this.#onChange(this.state());
  }

  /** Fixes the correction of a run by another one of the same boot whose offset is known, or by its own. */
  #fix(run: Generation, known: Generation): void {
    run.offset = (known.offset ?? 0) + (known.baseMs - run.baseMs) / 1000;
    const wanted = Math.abs(run.offset) > OFFSET_SECONDS_MAX ? Math.round(run.offset) : 0;
    run.correction = Math.max(wanted, this.#leastCorrection(run));
  }

  /**
   * Places runs that never had contact and never will, since their boots are over. When they were is not known, but that
   * they lie between what came before and `until` is: their own clock is believed as far as it agrees with that.
   *
   * @param until epoch seconds: the boot after them
   */
  #place(runs: readonly Generation[], until: number): void {
    runs.forEach((run, at) => {
      const lengthOfLater = runs.slice(at + 1).reduce((sum, later) => sum + later.lastWall - beginOf(later), 0);
      const most = Math.floor(until - lengthOfLater - run.lastWall);
      const isAfterOther = runs.some(
        ({ number, bootId }) => bootId !== null && bootId === run.bootId && number < run.number,
      );
      run.correction = Math.max(
        this.#leastCorrection(run),
        isAfterOther ? Number.NEGATIVE_INFINITY : Math.min(0, most),
      );
      run.isUnsure = true;
    });
  }

  /** The least with which a run neither gives a moment of the runs before nor covers time of theirs. */
  #leastCorrection(run: Generation): number {
    const newest = this.#newestCorrected(run.number);
    return Math.max(newest + 1 - run.firstWall, this.#continuing(run) ?? Math.ceil(newest - beginOf(run)));
  }

  /**
   * Correction with which time goes on as before where the clock was set within a boot. A smaller one would let moments
   * fall behind, and the times that records cover would overlap. Null where nothing goes on.
   */
  #continuing(run: Generation): number | null {
    const before = this.#generations.findLast(
      ({ number, bootId, correction }) =>
        number < run.number && bootId !== null && bootId === run.bootId && correction !== null,
    );
    if (!before) return null;
    return (before.correction ?? 0) + Math.round(((before.lastBaseMs ?? before.baseMs) - run.baseMs) / 1000);
  }

  #current(): Generation {
    const run = this.#generations.at(-1);
    if (!run) throw new Error("a clock without a run");
    return run;
  }

  /** Newest moment, corrected, of the runs before the one with this number. */
  #newestCorrected(before: number): number {
    let newest = 0;
    for (const run of this.#generations) {
      const isFilled = run.number < before && run.correction !== null && run.lastWall >= run.firstWall;
      if (isFilled) newest = Math.max(newest, run.lastWall + (run.correction ?? 0));
    }
    return newest;
  }
}

/** Where the time begins that a run's records may cover, by its clock: counters begin with the boot where it is known. */
const beginOf = ({ bootId, baseMs, firstWall }: Generation): number => (bootId === null ? firstWall : baseMs / 1000);
