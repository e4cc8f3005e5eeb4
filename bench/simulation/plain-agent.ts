import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, dictionaryText, type Layout } from "@/contract/codec/layout";
import { DICTIONARY_HASH_BYTES, decodeAnswer, encodeMessage } from "@/contract/messages";
import { type MetricName, metricIndex } from "@/contract/metrics";
import type { TrueMoment } from "./edge-world";
import type { Fault } from "./fault-plan";
import type { AgentEnd } from "./link-model";
import type { AgentHost, SimulatedAgent, StartAgent } from "./simulated-agent";

/** Ways to break the promise: the oracle has to see each of them. */
export type Flaw = "forgetsOnSend" | "countsAgain" | "roundsGauges" | "sendsUnderNewTime";

type Kept = { truth: TrueMoment; before: TrueMoment | null };

const FILE = "kept.jsonl";
const RETRY_MILLISECONDS = 30_000;
const SILENCE_MILLISECONDS_MAX = 60_000;
const MOMENTS_A_FRAME = 60;

/**
 * The simplest agent that keeps the promise: it writes each moment down before it sends it, sends one frame after the
 * other and forgets with the acknowledgement. It knows neither wrong clocks nor bad disks. It stands in where the
 * simulator itself is tested: unflawed it must pass, and with any flaw the oracle must find it.
 */
export function plainAgent(flaw: Flaw | null = null): StartAgent {
  return (host) => new PlainAgent(host, flaw);
}

/** Neither bad disks nor wrong clocks nor poison: it would break its promise under those. */
export const isKnownToPlainAgent = ({ what }: Fault): boolean =>
  !["diskFull", "diskReadOnly", "bitFlip", "clockStep", "bootClock", "poison"].includes(what);

class PlainAgent implements SimulatedAgent {
  readonly #kept: Kept[] = [];
  #last: TrueMoment | null = null;
  #end: AgentEnd | null = null;
  #layout: Layout | null = null;
  #state: SessionState | null = null;
  #nextId = 1;
  /** Set while a frame waits for its answer. */
  #inFlight: { id: number; count: number; isLive: boolean } | null = null;
  #isConnecting = false;
  #heardAt = 0;

  constructor(
    readonly host: AgentHost,
    readonly flaw: Flaw | null,
  ) {
    for (const line of Buffer.from(host.disk.read(FILE) ?? [])
      .toString("utf8")
      .split("\n")) {
      const kept = parseKept(line);
      if (!kept) continue;
      this.#kept.push(kept);
      this.#last = kept.truth;
    }
    this.#connect();
  }

  record(truth: TrueMoment): void {
    const kept = { truth, before: this.#last?.boot === truth.boot ? this.#last : null };
    // A cut line before it must not swallow this one.
    this.host.disk.append(FILE, Buffer.from(`\n${JSON.stringify(kept)}\n`));
    this.host.disk.sync(FILE);
    this.#last = truth;
    this.#kept.push(kept);
    this.host.onDurable(truth.number);
    this.#send();
  }

  isIdle(): boolean {
    return this.#kept.length === 0;
  }

  accounts() {
    return { setAside: [], unsure: [] };
  }

  #connect(): void {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    const again = () => {
      this.#end = null;
      this.#inFlight = null;
      this.#isConnecting = false;
      this.host.after(RETRY_MILLISECONDS * this.host.random.next(), () => this.#connect());
    };
    let isOver = false;
    const ear = {
      text: (text: string) => {
        this.#heardAt = this.host.monotonicNow();
        if (text.includes('"challenge"')) this.#end?.text(JSON.stringify({ hello: {} }));
        if (!text.includes('"welcome"')) return;
        this.#isConnecting = false;
        this.#state = null;
        this.#send();
      },
      bytes: (bytes: Uint8Array) => this.#hear(bytes),
      closed: () => {
        if (isOver) return;
        isOver = true;
        again();
      },
    };
    this.host.connect(ear).then((end) => {
      this.#end = end;
      this.#heardAt = this.host.monotonicNow();
      const look = () => {
        if (isOver) return;
        if (this.host.monotonicNow() - this.#heardAt < SILENCE_MILLISECONDS_MAX || this.#kept.length === 0) {
          this.host.after(SILENCE_MILLISECONDS_MAX / 4, look);
          return;
        }
        end.close();
        ear.closed();
      };
      look();
    }, again);
  }

  #send(): void {
    if (!this.#end || this.#inFlight || this.#isConnecting || this.#kept.length === 0) return;
    const isLive = this.#kept.length === 1;
    const part = isLive ? this.#kept : this.#kept.slice(0, MOMENTS_A_FRAME);
    const block = this.#blockOf(part);
    const hash = createHash("sha256").update(dictionaryText(block.layout.entries)).digest();
    const name = hash.subarray(0, DICTIONARY_HASH_BYTES);
    const id = this.#nextId++;
    if (!this.#state) {
      const payload = deflateRawSync(dictionaryText(block.layout.entries));
      this.#end.bytes(encodeMessage({ type: "dictionary", id: this.#nextId++, payload }));
    }
    const sequence = part.at(-1)?.truth.number ?? 0;
    if (isLive) {
      const isKey = this.#state === null;
      this.#state ??= new SessionState(block.layout);
      const frame = encodeFrame(block, this.#state);
      this.#end.bytes(encodeMessage({ type: "live", id, sequence, hash: isKey ? name : null, frame }));
    } else {
      const head = { epoch: 1, sequence, isThinned: false, isClockUnsure: false, hash: name };
      this.#end.bytes(encodeMessage({ type: "backlog", id, ...head, frame: encodeFrame(block) }));
    }
    this.#inFlight = { id, count: part.length, isLive };
    if (this.flaw === "forgetsOnSend") this.#forget(part.length);
  }

  #hear(bytes: Uint8Array): void {
    this.#heardAt = this.host.monotonicNow();
    const answer = decodeAnswer(bytes);
    const flight = this.#inFlight;
    if (!flight) return;
    this.#inFlight = null;
    if (answer.type === "acknowledged" && answer.ids.includes(flight.id)) {
      if (this.flaw !== "forgetsOnSend") this.#forget(flight.count);
      this.#send();
      return;
    }
    this.#state = null;
    this.host.after(RETRY_MILLISECONDS * this.host.random.next(), () => this.#send());
  }

  #forget(count: number): void {
    this.#kept.splice(0, count);
    // The newest line stays: growth is counted from it.
    const lines = this.#kept.map((kept) => `${JSON.stringify(kept)}\n`);
    if (lines.length === 0) return;
    this.host.disk.replace(FILE, Buffer.from(lines.join("")));
  }

  #blockOf(part: readonly Kept[]): Block {
    const [any] = part;
    this.#layout ??= createLayout((any?.truth.entities ?? []).map(({ kind, key }) => ({ kind, key })));
    const layout = this.#layout;
    const shift = this.flaw === "sendsUnderNewTime" ? this.host.random.below(3) : 0;
    const block = createBlock(
      layout,
      part.map(({ truth }) => Math.floor(truth.at / 1000) + shift),
    );
    part.forEach(({ truth, before }, at) => {
      truth.entities.forEach(({ kind, key, gauges, counters }, slot) => {
        const set = (metric: string, steps: number) => {
          const place = layout.columnOf(slot, metricIndex(kind, metric as MetricName)) * part.length + at;
          block.values[place] = steps;
          block.absence[place] = PRESENT;
        };
        const isRounded = this.flaw === "roundsGauges" && kind === "sensor";
        for (const [metric, steps] of Object.entries(gauges))
          set(metric, isRounded ? 10 * Math.round(steps / 10) : steps);
        const earlier = before?.entities.find((entity) => entity.kind === kind && entity.key === key);
        if (!before || !earlier || Object.keys(counters).length === 0) return;
        set("spanSeconds", Math.round((truth.at - before.at) / 1000));
        for (const [metric, steps] of Object.entries(counters)) {
          const again = this.flaw === "countsAgain" && truth.number % 50 === 0 ? 2 : 1;
          set(metric, again * (steps - (earlier.counters[metric] ?? 0)));
        }
      });
    });
    return block;
  }
}

function parseKept(line: string): Kept | null {
  try {
    return line === "" ? null : JSON.parse(line);
  } catch {
    return null;
  }
}
