import { randomInt } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { type FileWriter, findJson, writeDurably } from "./durable-file";

const AgentState = z.object({
  /** Of the last process; the next one takes a larger one. */
  epoch: z.number().int().nonnegative(),
  /** Moments given up since this state was made. */
  droppedMoments: z.number().int().nonnegative().catch(0),
});

/** An epoch that cannot be written down jumps ahead by up to an hour of milliseconds, see `beginEpoch`. */
const EPOCH_JUMP_MAX = 3_600_000;

/** What the agent has to remember about itself beside counters and spool. */
export class StateFile {
  readonly #path: string;
  readonly #writeFile: FileWriter;
  #state: z.infer<typeof AgentState>;
  #lastWrite: Promise<boolean> = Promise.resolve(true);

  private constructor(path: string, state: z.infer<typeof AgentState>, writeFile: FileWriter) {
    this.#path = path;
    this.#state = state;
    this.#writeFile = writeFile;
  }

  /** Reads what is there. A broken file is as good as none: the epoch comes from clock and spool as well. */
  static async open(dataPath: string, writeFile: FileWriter = writeDurably): Promise<StateFile> {
    const path = join(dataPath, "state.json");
    const state = await findJson(path, AgentState).catch(() => null);
    return new StateFile(path, state ?? { epoch: 0, droppedMoments: 0 }, writeFile);
  }

  get droppedMoments(): number {
    return this.#state.droppedMoments;
  }

  /**
   * Begins a new epoch: larger than any before, also when the clock was set back. While the disk takes no state, the
   * next process would find the same last epoch; both would name their records alike, and the gateway would take the
   * second for late ones. So chance sets them apart.
   * @param spoolEpochMax the largest epoch among the records that still wait
   */
  async beginEpoch(spoolEpochMax: number, now = Date.now()): Promise<number> {
    const epoch = Math.max(this.#state.epoch + 1, spoolEpochMax + 1, now);
    this.#state = { ...this.#state, epoch };
    if (!(await this.#write())) this.#state = { ...this.#state, epoch: epoch + randomInt(EPOCH_JUMP_MAX) };
    return this.#state.epoch;
  }

  async countDropped(count: number): Promise<void> {
    this.#state = { ...this.#state, droppedMoments: this.#state.droppedMoments + count };
    await this.#write();
  }

  /**
   * One write after the other. On a full disk the state lives on in memory; the next write brings it to disk.
   * @returns whether it is on disk
   */
  #write(): Promise<boolean> {
    const write = () => this.#writeFile(this.#path, `${JSON.stringify(this.#state)}\n`);
    this.#lastWrite = this.#lastWrite.then(write).then(
      () => true,
      () => false,
    );
    return this.#lastWrite;
  }
}
