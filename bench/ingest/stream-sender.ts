import { fleetAgent } from "@/agent/simulated/fleet-agent";
import { dictionaryHash, dictionaryPayload, SessionClient } from "@/agent/simulated/session-client";
import { dictionaryFor, NoisyStream } from "@/bench/data/noisy-stream";
import { postMessages } from "@/bench/fleet/post-messages";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { encodeMessage, type GatewayAnswer } from "@/contract/messages";
import { type FrameKind, framesOf, type LoadPlan } from "./load-plan";

const EPOCH = 1;

export type Answered = { verdict: string; bytes: number; streamBytes: number; samples: number };

/** One stream with all its frames encoded beforehand, so that sending costs as little as it can. */
export class StreamSender {
  readonly acknowledged: Record<FrameKind, number> = { backlog: 0, post: 0, live: 0, batch: 0 };
  readonly #frames: Record<FrameKind, { frame: Uint8Array; samples: number; sequence: number }[]> = {
    backlog: [],
    post: [],
    live: [],
    batch: [],
  };
  readonly #plan: LoadPlan;
  readonly #gatewayUrl: string;
  readonly #agent: ReturnType<typeof fleetAgent>;
  readonly #hash: Uint8Array;
  #client: SessionClient | null = null;
  /** Whose frames the gateway's session state follows; those of another kind begin with a key. */
  #keyOf: FrameKind | null = null;

  constructor(
    plan: LoadPlan,
    readonly stream: number,
    gatewayUrl: string,
  ) {
    this.#plan = plan;
    this.#gatewayUrl = gatewayUrl;
    this.#agent = fleetAgent(plan.seed, stream);
    const noisy = new NoisyStream({ ...plan, stream, nodes: plan.nodesPerStream });
    const sessions: Partial<Record<FrameKind, SessionState>> = {
      live: new SessionState(noisy.layout),
      batch: new SessionState(noisy.layout),
    };
    this.#hash = dictionaryHash(noisy.layout.entries);
    framesOf(plan).forEach(({ kind, moments }, index) => {
      const frame = encodeFrame(noisy.next(moments), sessions[kind]);
      const samples = noisy.samplesPerMoment * moments.length;
      this.#frames[kind].push({ frame, samples, sequence: index + 1 });
    });
  }

  async connect(): Promise<void> {
    this.#client = await SessionClient.open({
      gatewayUrl: this.#gatewayUrl,
      agent: this.#agent,
      epoch: EPOCH,
      isUnmasked: true,
    });
    this.#client.post({ type: "dictionary", payload: this.#dictionary() }, () => {});
  }

  get streamBytes(): number {
    return this.#client?.streamBytes ?? 0;
  }

  hasMore(kind: FrameKind): boolean {
    return this.acknowledged[kind] < this.#frames[kind].length;
  }

  /**
   * Sends the first frame of a kind that is not acknowledged; one of a stream is on its way at a time.
   * @param onAnswer once, after the commit or with the refusal
   */
  send(kind: FrameKind, onAnswer: (answered: Answered) => void): void {
    const next = this.#frames[kind][this.acknowledged[kind]];
    if (!next) throw new RangeError(`stream ${this.stream} has no more ${kind} frames`);
    const { frame, samples, sequence } = next;
    const settle = (verdict: string, bytes: number, streamBytes: number) => {
      if (verdict === "stored") this.acknowledged[kind] += 1;
      onAnswer({ verdict, bytes, streamBytes, samples });
    };
    if (kind === "post") {
      this.#post(frame, sequence).then(
        ({ verdict, bytes, streamBytes }) => settle(verdict, bytes, streamBytes),
        (error: unknown) => settle(error instanceof Error ? error.message : String(error), 0, 0),
      );
      return;
    }
    if (!this.#client) throw new Error("send before connect");
    let bytes = 0;
    const answer = (said: GatewayAnswer) => settle(verdictOf(said), bytes, 0);
    if (kind === "backlog") {
      bytes = this.#client.post({ type: "backlog", ...this.#backlogHead(sequence), frame }, answer);
      return;
    }
    const hash = this.#keyOf === kind ? null : this.#hash;
    this.#keyOf = kind;
    bytes = this.#client.post({ type: "live", sequence, hash, frame }, answer);
  }

  #backlogHead(sequence: number) {
    return { epoch: EPOCH, sequence, isThinned: false, isClockUnsure: false, hash: this.#hash };
  }

  async #post(frame: Uint8Array, sequence: number): Promise<{ verdict: string; bytes: number; streamBytes: number }> {
    const message = encodeMessage({ type: "backlog", id: 1, ...this.#backlogHead(sequence), frame });
    const plan = { gatewayUrl: this.#gatewayUrl, agent: this.#agent, epoch: EPOCH, sequence };
    const answer = await postMessages(plan, [message]);
    if (answer.status === 503) return { verdict: "unavailable", bytes: 0, streamBytes: answer.streamBytes };
    if (answer.verdicts.get(1) !== "need_dictionary") {
      return { verdict: answer.verdicts.get(1) ?? "none", bytes: message.length, streamBytes: answer.streamBytes };
    }
    const dictionary = encodeMessage({ type: "dictionary", id: 2, payload: this.#dictionary() });
    const again = await postMessages(plan, [dictionary, message]);
    const streamBytes = answer.streamBytes + again.streamBytes;
    return { verdict: again.verdicts.get(1) ?? "none", bytes: message.length + dictionary.length, streamBytes };
  }

  #dictionary(): Uint8Array {
    return dictionaryPayload(dictionaryFor(this.#plan.nodesPerStream, this.#plan.profile));
  }
}

function verdictOf(answer: GatewayAnswer): string {
  if (answer.type === "acknowledged") return "stored";
  return answer.type === "refused" ? String(JSON.parse(answer.text).code) : answer.type;
}
