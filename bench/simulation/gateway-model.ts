import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import type { Random } from "@/bench/data/random";
import { CodecError } from "@/contract/codec/codec-error";
import { decodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, dictionaryText, type Layout } from "@/contract/codec/layout";
import {
  type AgentMessage,
  DICTIONARY_HASH_BYTES,
  decodeMessage,
  encodeAnswer,
  type GatewayAnswer,
} from "@/contract/messages";
import type { EntityKind } from "@/contract/metrics";
import type { AgentSettings, Refusal } from "@/contract/session";
import type { Committed, StoreModel } from "./store-model";
import type { VirtualTime } from "./virtual-time";

/** The gateway's end of a connection: what it says goes into these. */
export type GatewayVoice = { text(text: string): void; bytes(bytes: Uint8Array): void; close(): void };
/** The other direction. */
export type GatewayEar = { text(text: string): void; bytes(bytes: Uint8Array): void; closed(): void };

export type GatewayFaults = {
  /** True: nothing can be committed, every message is refused with "unavailable". */
  isDatabaseAway: boolean;
  /** Frames that hold such a moment (epoch seconds) break a handler each time. */
  isPoison(frame: Committed): boolean;
};

/** Queue plus commit, as the real gateway gathers frames. */
const COMMIT_MILLISECONDS_MAX = 250;
const FUTURE_SECONDS_MAX = 300;
const RETRY_SECONDS = 5;

/**
 * The gateway as an agent sees it: the real messages and the real codec over the store's model, with commits that take
 * time, and restarts that lose everything which is not committed.
 */
export class GatewayModel {
  /** Grows with each restart: commits of an earlier life never answer. */
  #life = 0;
  readonly #layouts = new Map<string, Layout>();
  readonly #sessions = new Set<GatewayVoice>();
  /** What agents reported, newest last. */
  readonly reports: string[] = [];
  refusals = 0;

  constructor(
    readonly time: VirtualTime,
    readonly random: Random,
    readonly store: StoreModel,
    readonly faults: GatewayFaults,
    readonly settings: AgentSettings,
  ) {}

  /** Ends all connections. Of the commits on their way some have happened and some have not. */
  restart(): void {
    this.#life += 1;
    for (const voice of this.#sessions) voice.close();
    this.#sessions.clear();
  }

  /** A new WebSocket. The challenge goes out at once. */
  open(voice: GatewayVoice): GatewayEar {
    this.#sessions.add(voice);
    let live: { state: SessionState; layout: Layout } | null = null;
    const life = this.#life;
    const isAlive = () => this.#sessions.has(voice) && life === this.#life;
    const answer = (said: GatewayAnswer) => {
      if (isAlive()) voice.bytes(encodeAnswer(said));
    };
    const refuse = (id: number, refusal: Refusal) => {
      this.refusals += 1;
      answer({ type: "refused", id, text: JSON.stringify(refusal) });
    };
    const store = (id: number, frame: Committed | null) =>
      this.#commit(frame, life, (isStored) => {
        if (isStored) return answer({ type: "acknowledged", ids: [id] });
        live = null;
        refuse(id, { code: "unavailable", message: "not stored", retryAfterSeconds: RETRY_SECONDS });
      });
    const take = (message: AgentMessage) => {
      switch (message.type) {
        case "dictionary":
          this.#learn(message.payload);
          return;
        case "report":
          this.reports.push(inflateRawSync(message.payload).toString("utf8"));
          store(message.id, null);
          return;
        case "live": {
          if (message.hash) {
            const layout = this.#layouts.get(Buffer.from(message.hash).toString("hex"));
            if (!layout) return answer({ type: "needDictionary", id: message.id });
            live = { layout, state: new SessionState(layout) };
          }
          if (!live) return answer({ type: "needKey", id: message.id });
          const { layout, state } = live;
          // A state that a bad frame spoilt is of no use any more.
          const frame = decodeOrNull(() => decodeFrame(layout, message.frame, state));
          if (!frame || this.faults.isPoison({ block: frame, isThinned: false })) {
            live = null;
            return refuse(message.id, { code: "malformed", message: "this frame breaks a handler" });
          }
          return store(message.id, { block: frame, isThinned: false });
        }
        case "backlog": {
          const layout = this.#layouts.get(Buffer.from(message.hash).toString("hex"));
          if (!layout) return answer({ type: "needDictionary", id: message.id });
          const block = decodeOrNull(() => decodeFrame(layout, message.frame));
          if (!block || this.faults.isPoison({ block, isThinned: message.isThinned })) {
            return refuse(message.id, { code: "malformed", message: "this frame breaks a handler" });
          }
          return store(message.id, { block, isThinned: message.isThinned });
        }
      }
    };
    voice.text(JSON.stringify({ challenge: "A".repeat(43), time: this.#timeText() }));
    return {
      text: (text) => {
        if (!isAlive() || !text.includes('"hello"')) return;
        if (this.faults.isDatabaseAway) {
          const error: Refusal = { code: "unavailable", message: "no database", retryAfterSeconds: RETRY_SECONDS };
          voice.text(JSON.stringify({ error }));
          this.#end(voice);
          return;
        }
        voice.text(JSON.stringify({ welcome: { time: this.#timeText(), settings: this.settings } }));
      },
      bytes: (bytes) => {
        if (isAlive()) take(decodeMessage(bytes));
      },
      closed: () => void this.#sessions.delete(voice),
    };
  }

  #end(voice: GatewayVoice): void {
    this.#sessions.delete(voice);
    voice.close();
  }

  /** The commit happens after a while, or never: a gateway that ends before it leaves nothing behind. */
  #commit(frame: Committed | null, life: number, done: (isStored: boolean) => void): void {
    this.time.after(this.random.below(COMMIT_MILLISECONDS_MAX), () => {
      if (this.faults.isDatabaseAway) return done(false);
      // Ended before the commit was sent, or after: both happen.
      if (life !== this.#life && this.random.chance(0.5)) return;
      if (frame) this.store.commit(frame, Math.floor(this.time.now / 1000), FUTURE_SECONDS_MAX);
      done(true);
    });
  }

  #learn(payload: Uint8Array): void {
    const pairs: [EntityKind, string][] = JSON.parse(inflateRawSync(payload).toString("utf8"));
    const entries = pairs.map(([kind, key]) => ({ kind, key }));
    const hash = createHash("sha256").update(dictionaryText(entries)).digest().subarray(0, DICTIONARY_HASH_BYTES);
    this.#layouts.set(hash.toString("hex"), createLayout(entries));
  }

  #timeText(): string {
    return new Date(this.time.now).toISOString();
  }
}

function decodeOrNull<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
