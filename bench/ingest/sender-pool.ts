import type { ChildProcess } from "node:child_process";
import type { Stage } from "@/bench/programs/stage";
import type { AcknowledgedFrames, FrameKind, Load, LoadPlan, SenderOrder, SenderWord, SendResult } from "./load-plan";

/** The processes that stand for the fleet; each takes its share of the streams. */
export class SenderPool {
  readonly #children: ChildProcess[];

  private constructor(children: ChildProcess[]) {
    this.#children = children;
  }

  /** Starts the processes and has them encode everything that they will send. */
  static async start(stage: Stage, plan: LoadPlan, gatewayUrl: string, processes: number): Promise<SenderPool> {
    const children = Array.from({ length: processes }, () => stage.fork("ingest/sender-process.ts"));
    const pool = new SenderPool(children);
    const share = Math.ceil(plan.streams / processes);
    await pool.#tell((index) => {
      const from = Math.min(plan.streams, index * share);
      return { do: "prepare", plan, from, to: Math.min(plan.streams, from + share), gatewayUrl };
    });
    return pool;
  }

  get pids(): number[] {
    return this.#children.map(({ pid }) => pid ?? 0);
  }

  async connect(): Promise<void> {
    await this.#tell(() => ({ do: "connect" }));
  }

  /** @param load of all processes together */
  async send(kind: FrameKind, { inFlight, pushesPerSecond, ...rest }: Load): Promise<SendResult> {
    const processes = this.#children.length;
    const load: Load = {
      ...rest,
      inFlight: inFlight === null ? null : Math.ceil(inFlight / processes),
      pushesPerSecond: pushesPerSecond === null ? null : pushesPerSecond / processes,
    };
    const words = await this.#tell(() => ({ do: "send", kind, load }));
    const results = words.flatMap((word) => ("done" in word && word.done === "send" ? [word.result] : []));
    const refused: Record<string, number> = {};
    for (const result of results) {
      for (const [code, count] of Object.entries(result.refused)) refused[code] = (refused[code] ?? 0) + count;
    }
    const sum = (take: (result: SendResult) => number) => results.reduce((total, result) => total + take(result), 0);
    return {
      frames: sum(({ frames }) => frames),
      samples: sum(({ samples }) => samples),
      payloadBytes: sum(({ payloadBytes }) => payloadBytes),
      streamBytes: sum(({ streamBytes }) => streamBytes),
      seconds: Math.max(...results.map(({ seconds }) => seconds)),
      ackMilliseconds: results.flatMap(({ ackMilliseconds }) => ackMilliseconds),
      refused,
    };
  }

  async count(): Promise<AcknowledgedFrames> {
    const words = await this.#tell(() => ({ do: "count" }));
    return words.flatMap((word) => ("done" in word && word.done === "count" ? word.acknowledged : []));
  }

  /** Ends the processes: their disconnected channel tells them. */
  close(): void {
    for (const child of this.#children) if (child.connected) child.disconnect();
  }

  #tell(orderOf: (index: number) => SenderOrder): Promise<SenderWord[]> {
    return Promise.all(
      this.#children.map(
        (child, index) =>
          new Promise<SenderWord>((resolve, reject) => {
            const fail = () => reject(new Error("a process of senders ended"));
            child.once("exit", fail);
            child.once("message", (word: SenderWord) => {
              child.removeListener("exit", fail);
              if ("failed" in word) reject(new Error(`senders: ${word.failed}`));
              else resolve(word);
            });
            child.send(orderOf(index));
          }),
      ),
    );
  }
}
