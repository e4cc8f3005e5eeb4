import type { Clock, EdgeClock } from "@/agent/edge-clock";
import type { SegmentRecord } from "@/agent/spool/segment";
import { isWaiting, type Segment } from "@/agent/spool/segment-files";
import type { Spool } from "@/agent/spool/spool";
import { joinBlocks } from "@/agent/spool/thin";
import type { Block } from "@/contract/codec/block";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { type Dictionary, dictionaryText } from "@/contract/codec/layout";
import { type AgentMessage, encodeMessage, type GatewayAnswer } from "@/contract/messages";
import { Refusal, type Report } from "@/contract/session";
import { Attempts } from "./attempts";
import type { Connection } from "./connection";
import { type Flight, Flights } from "./flights";
import { FRAME_BYTES_MAX, FrameSizes } from "./frame-sizes";
import type { Inventory } from "./inventory";
import { type Ledger, PURPOSES } from "./ledger";
import { isOfSession, refusedSeconds } from "./retry";
import { standingFrame } from "./standing-frame";

export type OutboxOptions = {
  spool: Spool;
  ledger: Ledger;
  clock: Clock;
  edgeClock: EdgeClock;
  random: () => number;
  hash: (text: string) => Uint8Array;
  deflate: (text: string) => Uint8Array;
  /** Of an agent in a cluster. */
  inventory?: Inventory;
};

const BACKLOG_UNDER_WAY_MAX = 2;

type Recent = { segment: Segment; sequence: number; wall: number; block: Block };

/**
 * What goes over a connection, and what of it is not answered yet: the newest records as live frames, one at a time,
 * then reports, then everything older in frames that stand alone, newest first.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #connection: Connection | null = null;
  #pace: { intervalSeconds: number; batchSeconds: number };
  #nextId = 1;
  readonly #flights = new Flights();
  #newestSequence = 0;
  #state: SessionState | null = null;
  /** Text of the dictionary that the session state belongs to. */
  #stateDictionary = "";
  readonly #toldDictionaries = new Set<string>();
  /** Newest records with their blocks: a live frame needs no look at the disk. */
  #recent: Recent[] = [];
  #liveSinceMs: number | null = null;
  #report: Report | null = null;
  #failures = 0;
  readonly #attempts = new Attempts();
  readonly #sizes = new FrameSizes();
  #sendAfterMs = 0;

  constructor(options: OutboxOptions, pace: { intervalSeconds: number; batchSeconds: number }) {
    this.#options = options;
    this.#pace = pace;
  }

  set pace(pace: { intervalSeconds: number; batchSeconds: number }) {
    this.#pace = pace;
  }

  /** From now on messages go over this connection; null while there is none. What was under way is sent again. */
  set connection(connection: Connection | null) {
    this.#connection = connection;
    this.#options.inventory?.reconnected();
    for (const report of this.#flights.clear()) this.#report = { ...report, ...this.#report };
    this.#state = null;
    this.#toldDictionaries.clear();
    // What was under way is due at once.
    if (this.#recent.length > 0) this.#liveSinceMs ??= 0;
  }

  /** Takes note of a record that was just put into the spool. */
  noteRecord(segment: Segment, record: SegmentRecord): void {
    this.#newestSequence = record.sequence;
    // What is left of the segment before goes as backlog: as live frames it would keep this moment waiting.
    this.#recent = [...this.#recent.filter((recent) => recent.segment === segment), { segment, ...record }];
    this.#liveSinceMs ??= this.#now();
  }

  setReport(report: Report): void {
    this.#report = { ...this.#report, ...report };
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }

  /** True while the connection owes an answer for longer than its messages may take. */
  isAnswerOverdue(nowMs: number): boolean {
    return this.#flights.isOverdue(nowMs);
  }

  /** Sends what is due. */
  send(nowMs: number): void {
    if (!this.#connection || nowMs < this.#sendAfterMs) return;
    this.#sendLive(nowMs);
    this.#sendReport();
    this.#sendInventory(nowMs);
    this.#sendBacklog(nowMs);
  }

  /** @returns a refusal that is of the whole session, not of one message */
  onAnswer(answer: GatewayAnswer): Refusal | null {
    if (answer.type === "acknowledged") {
      for (const id of answer.ids) this.#onAcknowledged(id);
      return null;
    }
    const flight = this.#flights.take(answer.id);
    if (answer.type === "refused") {
      const refusal = Refusal.parse(JSON.parse(answer.text));
      if (isOfSession(refusal)) return refusal;
      this.#onRefused(flight, refusal);
      if (flight?.kind === "inventory") this.#options.inventory?.refused(refusal.code, this.#now());
    }
    if (!flight) return null;
    if (flight.report) this.#report = { ...flight.report, ...this.#report };
    if (answer.type === "needDictionary") this.#toldDictionaries.clear();
    if (flight.kind === "live") {
      this.#state = null;
      this.#liveSinceMs ??= 0;
    }
    return null;
  }

  /** True for a segment of which something is under way: it must not be rewritten. */
  isBusy(segment: Segment): boolean {
    return this.#flights.isOf(segment);
  }

  /** The newest records, in one frame against the session, one such frame under way at a time. */
  #sendLive(now: number): void {
    if (!this.#connection || this.#connection.isStateless || this.#liveSinceMs === null) return;
    if (this.#flights.count("live") > 0) return;
    if (this.#isGathering(this.#liveSinceMs, now)) return;
    const waiting = this.#recent.filter(({ segment, sequence }) => isWaiting(segment, sequence));
    const segment = waiting[0]?.segment;
    if (segment && this.#attempts.isPaused(segment, now)) return;
    // In the order of time: the session state only goes forward.
    const records = segment ? waiting.slice(0, this.#sizes.max(segment)) : [];
    const last = records.at(-1);
    if (!last) {
      this.#liveSinceMs = null;
      return;
    }
    const { dictionary } = last.segment.head;
    const text = dictionaryText(dictionary);
    const isKey = !this.#state || this.#stateDictionary !== text;
    if (isKey) this.#tellDictionary(dictionary, text);
    const state = isKey || !this.#state ? new SessionState(last.segment.layout) : this.#state.clone();
    const corrected = records.map(({ wall }) => this.#options.edgeClock.correct(last.segment.head.generation, wall));
    const block = joinBlocks(
      state.layout,
      records.map(({ block: one }, at) => ({ ...one, layout: state.layout, moments: [corrected[at]?.moment ?? 0] })),
    );
    const frame = encodeFrame(block, state);
    if (frame.length > FRAME_BYTES_MAX && records.length > 1) {
      this.#sizes.halve(last.segment, records.length);
      this.#sendLive(now);
      return;
    }
    this.#stateDictionary = text;
    this.#liveSinceMs = null;
    this.#options.ledger.bytes.samples += block.values.length;
    this.#send(
      { type: "live", id: 0, sequence: last.sequence, hash: isKey ? this.#options.hash(text) : null, frame },
      { kind: "live", segment: last.segment, sequences: new Set(records.map(({ sequence }) => sequence)), state },
    );
  }

  /** Everything else that waits, newest segment first, in frames that stand alone. */
  #sendBacklog(now: number): void {
    const connection = this.#connection;
    if (!connection) return;
    const newest = connection.isStateless ? null : this.#recent.at(-1)?.segment;
    for (const segment of [...this.#options.spool.segments].reverse()) {
      if (this.#flights.count("backlog") >= BACKLOG_UNDER_WAY_MAX) return;
      if (segment.entries.length === 0 || this.isBusy(segment) || this.#attempts.isPaused(segment, now)) continue;
      // What was recorded in this process and just now goes as live frames.
      const fresh = segment === newest ? new Set(this.#recent.map(({ sequence }) => sequence)) : new Set<number>();
      const waiting = segment.entries.filter(({ sequence }) => !fresh.has(sequence) || connection.isStateless);
      const isDue = !connection.isStateless || this.#isStatelessDue(segment, now);
      if (waiting.length === 0 || !isDue) continue;
      const text = dictionaryText(segment.head.dictionary);
      this.#tellDictionary(segment.head.dictionary, text);
      this.#sendSegment(segment, waiting.slice(-this.#sizes.max(segment)), text);
    }
  }

  /** Without a session every frame carries its beginnings: the newest moments are gathered for `batchSeconds`. */
  #isStatelessDue(segment: Segment, now: number): boolean {
    if (segment !== this.#options.spool.segments.at(-1) || this.#liveSinceMs === null) return true;
    if (this.#isGathering(this.#liveSinceMs, now)) return false;
    this.#liveSinceMs = null;
    return true;
  }

  #isGathering(sinceMs: number, now: number): boolean {
    return now - sinceMs < 1000 * (this.#pace.batchSeconds - this.#pace.intervalSeconds);
  }

  #sendSegment(segment: Segment, entries: Segment["entries"], text: string): void {
    const sequences = new Set(entries.map(({ sequence }) => sequence));
    const block = this.#options.spool.read(segment, sequences);
    if (!block) return;
    const frame = standingFrame(block, segment.head, this.#options.edgeClock);
    if (frame.bytes.length > FRAME_BYTES_MAX && entries.length > 1) {
      this.#sizes.halve(segment, entries.length);
      this.#sendSegment(segment, entries.slice(-this.#sizes.max(segment)), text);
      return;
    }
    this.#options.ledger.bytes.samples += block.values.length;
    const { bytes, ...said } = frame;
    const head = { ...said, sequence: entries.at(-1)?.sequence ?? 0, hash: this.#options.hash(text), frame: bytes };
    this.#send({ type: "backlog", id: 0, ...head }, { kind: "backlog", segment, sequences });
  }

  #sendReport(): void {
    if (!this.#report || this.#flights.count("report") > 0) return;
    const payload = this.#options.deflate(JSON.stringify(this.#report));
    const message = { type: "report", id: 0, sequence: this.#newestSequence, payload } as const;
    this.#send(message, { kind: "report", report: this.#report });
    this.#report = null;
  }

  /** What changed in the cluster, one message at a time. */
  #sendInventory(now: number): void {
    if (this.#flights.count("inventory") > 0) return;
    const message = this.#options.inventory?.next(now);
    if (message) this.#send({ ...message, id: 0, sequence: this.#newestSequence }, { kind: "inventory" });
  }

  /** What the dictionary's hash will stand for; without an answer that anybody would wait for. */
  #tellDictionary(dictionary: Dictionary, text: string): void {
    if (this.#toldDictionaries.has(text)) return;
    this.#toldDictionaries.add(text);
    this.#send({ type: "dictionary", id: 0, payload: this.#options.deflate(dictionaryText(dictionary)) }, null);
  }

  #send(message: AgentMessage, flight: (Partial<Flight> & Pick<Flight, "kind">) | null): void {
    const id = this.#nextId;
    this.#nextId += 1;
    const bytes = encodeMessage({ ...message, id });
    this.#options.ledger.sent(PURPOSES[message.type], bytes.length);
    const sentAtMs = this.#now();
    if (flight) {
      this.#flights.add(id, {
        segment: null,
        sequences: new Set(),
        state: null,
        report: null,
        ...flight,
        sentAtMs,
        bytes: bytes.length,
      });
    }
    this.#connection?.sendBytes(bytes);
  }

  #onAcknowledged(id: number): void {
    const flight = this.#flights.take(id);
    if (!flight) return;
    this.#failures = 0;
    if (flight.segment) {
      this.#options.spool.acknowledge(flight.segment, flight.sequences);
      this.#attempts.forget(flight.segment);
      this.#sizes.trust(flight.segment);
      this.#recent = this.#recent.filter(({ segment, sequence }) => isWaiting(segment, sequence));
      if (this.#recent.length > 0) this.#liveSinceMs ??= this.#now();
    }
    if (flight.kind === "live") this.#state = flight.state;
    if (flight.kind === "inventory") this.#options.inventory?.stored(this.#now());
  }

  #onRefused(flight: Flight | null, { code, message, retryAfterSeconds }: Refusal): void {
    const { spool, ledger, random } = this.#options;
    ledger.bytes.refusals += 1;
    const { segment = null, sequences = new Set<number>() } = flight ?? {};
    if (code === "too_large" && segment && sequences.size > 1) this.#sizes.halve(segment, sequences.size);
    else if (code === "malformed" && segment && sequences.size > 1) this.#sizes.doubt(segment, sequences.size);
    else if (code === "too_large" || code === "malformed") {
      const isLast = code === "too_large" || (segment && !this.#attempts.failed(segment, this.#now(), random));
      if (!segment || !isLast) return;
      spool.setAside(segment, sequences, message);
      this.#attempts.forget(segment);
      this.#recent = this.#recent.filter((recent) => isWaiting(recent.segment, recent.sequence));
    } else if (code !== "state_unknown") {
      this.#failures += 1;
      const wait = refusedSeconds(retryAfterSeconds ?? 0, this.#failures, random);
      this.#sendAfterMs = this.#now() + 1000 * wait;
    }
  }
}
