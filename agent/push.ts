import { setTimeout as delay } from "node:timers/promises";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import { describeFailure, type GatewayClient } from "./gateway-client";
import { judgeAnswer, retry, type Verdict } from "./judge-answer";
import { halveByObservations } from "./pack-batches";
import type { Signer } from "./sign";
import type { BatchName, Spool } from "./spool";

/** Full jitter: evenly between nought and a ceiling that doubles (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
const RETRY_SECONDS_BASE = 1;
const RETRY_SECONDS_MAX = 300;
/** A revoked agent asks again this often: enough to notice a mistake that was put right. */
const REFUSED_SECONDS = 3600;

/** So often the gateway may fail with one batch before all others go first: what lies in one must not hold up the rest. */
const FAILURES_BEFORE_OTHERS = 3;

/** How the way to the gateway stands; only changes are told. */
export type LinkState = "online" | "retrying" | "waiting" | "refused";

type PusherOptions = {
  client: Pick<GatewayClient, "post">;
  signer: Signer;
  spool: Spool;
  epoch: number;
  takeSequence: () => number;
  intervalSeconds: () => number;
  onAcknowledged: (name: BatchName, intervalSeconds: number) => void;
  onLink: (state: LinkState, reason: string) => void;
  /** Tests put their own clock and chance in place. */
  pause?: (seconds: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
};

/** Seconds until the next attempt. @param failures in a row, from 1 */
export function retrySeconds(failures: number, retryAfterSeconds: number | null, random: () => number): number {
  const ceiling = Math.min(RETRY_SECONDS_MAX, RETRY_SECONDS_BASE * 2 ** Math.min(failures - 1, 30));
  return Math.max(retryAfterSeconds ?? 0, random() * ceiling);
}

/** Empties the spool towards the gateway: one batch at a time, newest first, each until it is acknowledged. */
export class Pusher {
  readonly #options: PusherOptions;
  #failures = 0;
  /** How often the gateway failed with a batch, by its name. */
  readonly #failuresOf = new Map<string, number>();
  #state: LinkState | null = null;
  #wake: () => void = () => undefined;

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  /** Says that there is something new to send. Does not cut a pause short: that is what it is for. */
  wake(): void {
    this.#wake();
  }

  /** Runs until `signal`; what is not acknowledged by then stays in the spool. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = this.#next();
      if (!name) {
        await this.#untilWoken(signal);
        continue;
      }
      const pauseSeconds = await this.#pushOne(name, signal);
      if (pauseSeconds > 0 && !signal.aborted) await (this.#options.pause ?? pause)(pauseSeconds, signal);
    }
  }

  /** The newest batch, those last that the gateway keeps failing with. */
  #next(): BatchName | null {
    const { spool } = this.#options;
    const isTried = (name: BatchName) => (this.#failuresOf.get(sequenceOf(name)) ?? 0) < FAILURES_BEFORE_OTHERS;
    const name = spool.newest(isTried);
    if (name) return name;
    this.#failuresOf.clear();
    return spool.newest();
  }

  #untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener("abort", done);
    });
  }

  /** One attempt with one batch. @returns seconds to wait before the next attempt */
  async #pushOne(name: BatchName, signal: AbortSignal): Promise<number> {
    const content = await this.#options.spool.read(name);
    if (!content) return 0;
    const verdict = await this.#send(name, content.body, signal);
    if (signal.aborted && verdict.kind === "retry") return 0;
    switch (verdict.kind) {
      case "acknowledged":
        await this.#options.spool.remove(name);
        this.#enter("online", "");
        this.#options.onAcknowledged(name, verdict.intervalSeconds);
        return 0;
      case "poison":
        await this.#options.spool.setAside(name, "quarantine", verdict.reason);
        return 0;
      case "too_large":
        await this.#divide(name, content.batch, verdict.reason);
        return 0;
      case "waiting":
        this.#enter("waiting", verdict.reason);
        return this.#options.intervalSeconds();
      case "refused":
        this.#enter("refused", verdict.reason);
        return REFUSED_SECONDS;
      case "retry":
        if (verdict.isGatewayFailing) {
          this.#failuresOf.set(sequenceOf(name), (this.#failuresOf.get(sequenceOf(name)) ?? 0) + 1);
        }
        this.#enter("retrying", verdict.reason);
        return retrySeconds(this.#failures, verdict.retryAfterSeconds, this.#options.random ?? Math.random);
    }
  }

  async #send(name: BatchName, body: Buffer, signal: AbortSignal): Promise<Verdict> {
    const path = GATEWAY_PATHS.push;
    const proof = this.#options.signer.headersFor({
      method: "POST",
      path,
      sequence: sequenceOf(name),
      time: new Date(),
      body,
    });
    try {
      const headers = { ...proof, "content-encoding": "gzip" };
      return judgeAnswer(await this.#options.client.post({ path, body, headers, signal }), name);
    } catch (error) {
      return retry(describeFailure(error));
    }
  }

  /** Both halves are in the spool before the whole leaves it: a crash between costs a repetition, never data. */
  async #divide(
    name: BatchName,
    batch: NonNullable<Awaited<ReturnType<Spool["read"]>>>["batch"],
    reason: string,
  ): Promise<void> {
    const { spool, epoch, takeSequence } = this.#options;
    const halves = halveByObservations({ ...batch, epoch });
    if (!halves) return spool.setAside(name, "quarantine", `one observation alone: ${reason}`);
    for (const half of halves) await spool.add({ ...half, sequence: takeSequence() });
    await spool.remove(name);
  }

  #enter(state: LinkState, reason: string): void {
    this.#failures = state === "retrying" ? this.#failures + 1 : 0;
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onLink(state, reason);
  }
}

/** As the signature's header says it. */
const sequenceOf = ({ epoch, sequence }: BatchName): string => `${epoch}.${sequence}`;

const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
