import { join } from "node:path";
import * as z from "zod";
import { findJson, writeDurably } from "./durable-file";

const AgentState = z.object({
  /** Of the last process; the next one takes a larger one. */
  epoch: z.number().int().nonnegative(),
  /** Batches given up since this state was made. */
  droppedBatches: z.number().int().nonnegative(),
});

/** What the agent has to remember about itself beside counters and spool. */
export class StateFile {
  readonly #path: string;
  #state: z.infer<typeof AgentState>;
  #lastWrite: Promise<void> = Promise.resolve();

  private constructor(path: string, state: z.infer<typeof AgentState>) {
    this.#path = path;
    this.#state = state;
  }

  /** Reads what is there. A broken file is as good as none: the epoch comes from clock and spool as well. */
  static async open(dataPath: string): Promise<StateFile> {
    const path = join(dataPath, "state.json");
    const state = await findJson(path, AgentState).catch(() => null);
    return new StateFile(path, state ?? { epoch: 0, droppedBatches: 0 });
  }

  get droppedBatches(): number {
    return this.#state.droppedBatches;
  }

  /**
   * Begins a new epoch: larger than any before, also when the clock was set back.
   * @param spoolEpochMax the largest epoch among the batches that still wait
   */
  async beginEpoch(spoolEpochMax: number, now = Date.now()): Promise<number> {
    const epoch = Math.max(this.#state.epoch + 1, spoolEpochMax + 1, now);
    this.#state = { ...this.#state, epoch };
    await this.#write();
    return epoch;
  }

  async countDropped(count: number): Promise<void> {
    this.#state = { ...this.#state, droppedBatches: this.#state.droppedBatches + count };
    await this.#write();
  }

  /** One write after the other. On a full disk the state lives on in memory; the next write brings it to disk. */
  #write(): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(() =>
      writeDurably(this.#path, `${JSON.stringify(this.#state)}\n`).catch(() => undefined),
    );
    return this.#lastWrite;
  }
}
