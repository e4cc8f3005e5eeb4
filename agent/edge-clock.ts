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
  firstWall: z.number().int(),
  lastWall: z.number().int(),
  /** Seconds to add; null until the gateway's time was seen. */
  correction: z.number().int().nullable(),
});
export const ClockState = z.object({ generations: z.array(Generation) });
export type ClockState = z.infer<typeof ClockState>;

/**
 * Moments by the edge's clock, corrected once for each run of it. A run begins at a boot and whenever the clock was set.
 * Its correction is fixed at the first contact and never changes, so that a record sent twice is the same record.
 */
export class EdgeClock {
  readonly #clock: Clock;
  readonly #generations: z.infer<typeof Generation>[];
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

  /** Time of a record that is made now. Within a run no two records have the same. */
  stamp(): { generation: number; wall: number } {
    const before = this.#current();
    if (this.#isStepped(before.baseMs)) this.#begin(before.bootId);
    const run = this.#current();
    const now = Math.floor(this.#clock.wallMs() / 1000);
    run.lastWall = Math.max(now, run.lastWall + 1);
    return { generation: run.number, wall: run.lastWall };
  }

  /** A record that an earlier process made in this very run stays the last one before those to come. */
  continueAfter(newest: { generation: number; wall: number } | null): void {
    const run = this.#current();
    if (newest?.generation === run.number) run.lastWall = Math.max(run.lastWall, newest.wall);
  }

  /** Takes note of the gateway's time: fixes what has no correction yet, of this boot also what came before. */
  contact(gatewayMs: number): void {
    const run = this.#current();
    const offset = (gatewayMs - this.#clock.wallMs()) / 1000;
    this.#offsetSeconds = offset;
    if (run.correction !== null && !this.#isStepped(run.baseMs)) return;
    if (this.#isStepped(run.baseMs)) this.#begin(run.bootId);
    const current = this.#current();
    const ofBoot = this.#generations.filter(
      (other) => other.number === current.number || (current.bootId !== null && other.bootId === current.bootId),
    );
    let newest = this.#newestCorrected(ofBoot[0]?.number ?? current.number);
    for (const other of ofBoot) {
      if (other.correction === null) {
        // The other clock ran on: what this run was off follows from how far its wall clock was from today's.
        const own = offset + (current.baseMs - other.baseMs) / 1000;
        const wanted = Math.abs(own) > OFFSET_SECONDS_MAX ? Math.round(own) : 0;
        other.correction = Math.max(wanted, newest + 1 - other.firstWall);
      }
      newest = Math.max(newest, other.lastWall + other.correction);
    }
    this.#onChange(this.state());
  }

  /** Moment to send for a record; `isUnsure` for a run that ended without ever having had contact. */
  correct(generation: number, wall: number): { moment: number; isUnsure: boolean } {
    const run = this.#generations.find((other) => other.number === generation);
    if (!run || run.correction === null) return { moment: wall, isUnsure: true };
    return { moment: wall + run.correction, isUnsure: false };
  }

  state(): ClockState {
    return { generations: structuredClone(this.#generations) };
  }

  #isStepped(baseMs: number): boolean {
    return Math.abs(this.#clock.wallMs() - this.#clock.monotonicMs() - baseMs) > STEP_MS_MIN;
  }

  #begin(bootId: string | null): void {
    const wall = Math.floor(this.#clock.wallMs() / 1000);
    this.#generations.push({
      number: (this.#generations.at(-1)?.number ?? 0) + 1,
      bootId,
      baseMs: this.#clock.wallMs() - this.#clock.monotonicMs(),
      firstWall: wall,
      lastWall: wall - 1,
      correction: null,
    });
    this.#generations.splice(0, this.#generations.length - GENERATIONS_MAX);
    this.#onChange(this.state());
  }

  #current(): z.infer<typeof Generation> {
    const run = this.#generations.at(-1);
    if (!run) throw new Error("a clock without a run");
    return run;
  }

  /** Newest moment, corrected, of the runs before the one with this number. */
  #newestCorrected(before: number): number {
    return Math.max(
      0,
      ...this.#generations
        .filter((run) => run.number < before && run.correction !== null)
        .map((run) => run.lastWall + (run.correction ?? 0)),
    );
  }
}
