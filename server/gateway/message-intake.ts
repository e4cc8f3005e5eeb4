import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { z } from "zod";
import { type Block, selectMoments } from "@/contract/codec/block";
import { CodecError } from "@/contract/codec/codec-error";
import { decodeFrame, encodeFrame, encodeStoredFrame } from "@/contract/codec/frame";
import type { Dictionary } from "@/contract/codec/layout";
import { InventoryChange } from "@/contract/inventory";
import { type AgentMessage, DICTIONARY_HASH_BYTES, type InventoryMessage } from "@/contract/messages";
import { MESSAGE_BYTES_MAX, REPORT_BYTES_MAX, Report } from "@/contract/session";
import type { GatewayErrorCode } from "@/contract/telemetry";
import type { InventoryItem } from "@/server/clusters/inventory-commit";
import { parseStorableJson, storableText } from "@/server/storable-json";
import type { AgentLink, LinkedDictionary } from "@/server/telemetry/agent-link";
import type { CommitQueue, Source, Verdict } from "@/server/telemetry/commit-queue";
import type { FrameItem, FutureFrame, RecordFrame } from "@/server/telemetry/frame-commit";
import { FRAME_FLAGS } from "@/server/telemetry/inbox";
import type { LayoutBook } from "@/server/telemetry/layout-book";
import { FUTURE_SECONDS_MAX } from "@/server/telemetry/model";
import type { ReportItem } from "@/server/telemetry/report-commit";
import type { Admission } from "./admission";
import type { DictionaryShelf } from "./dictionary-shelf";
import type { QuotaNotes } from "./quota-notes";

/** A message that cannot be taken, with what its sender is told. */
export class MessageError extends Error {
  override readonly name = "MessageError";
  constructor(readonly verdict: Exclude<Verdict, "stored">) {
    super(verdict.message);
  }

  get code(): GatewayErrorCode {
    return this.verdict.code;
  }
}

export type IntakeParts = {
  frames: CommitQueue<FrameItem>;
  reports: CommitQueue<ReportItem>;
  inventories: CommitQueue<InventoryItem>;
  shelf: DictionaryShelf;
  layouts: LayoutBook;
  admission: Admission;
  quota: QuotaNotes;
};

/** Where a message stands: who sent it, and who waits for the verdict. */
export type Sender = { link: AgentLink; source: Source; id: number; receivedAt: Date };
/** Its place in the agent's own order, and what is to be said of its times. */
export type Place = { epoch: number; sequence: number; flags: number };

/** Memory that an item takes besides its frame. */
const ITEM_BYTES = 512;

const Entries = z
  .array(z.tuple([z.string().min(1).max(40), z.string().min(1).max(1000)]))
  .min(1)
  .max(65_536);

/** Turns messages of agents into items of the queues. What it refuses is thrown as `MessageError`. */
export class MessageIntake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Before anything of a message is looked at. @throws MessageError too_large, rate_limited, unavailable */
  admit(link: AgentLink, bytes: number): void {
    if (bytes > MESSAGE_BYTES_MAX) {
      throw new MessageError({ code: "too_large", message: `A message has ${MESSAGE_BYTES_MAX} bytes at most` });
    }
    const { admission, frames, quota } = this.#parts;
    const waitSeconds = frames.hasRoom(link.orgId) ? null : 5 + Math.random() * 10;
    if (waitSeconds !== null) {
      const message = "Too much waits to be stored; try again";
      throw new MessageError({ code: "unavailable", message, retryAfterSeconds: Math.ceil(waitSeconds) });
    }
    const overSeconds = admission.charge(link.orgId, bytes);
    if (overSeconds !== null) {
      quota.note(link);
      const message = "The organisation sends more than its share; try again";
      throw new MessageError({ code: "rate_limited", message, retryAfterSeconds: overSeconds });
    }
  }

  /** The dictionary of this name, from memory or from what is stored; null when it never came here. */
  findDictionary(link: AgentLink, hash: Uint8Array): LinkedDictionary | Promise<LinkedDictionary | null> {
    return link.dictionary(hash) ?? this.#parts.shelf.find(link, hash);
  }

  /** @throws MessageError */
  takeDictionary(sender: Sender, payload: Uint8Array, place: Place): void {
    const { entries, hash } = readDictionary(payload);
    const layout = decoding(() => this.#parts.layouts.layoutOf(hash, entries));
    const dictionary = sender.link.keep({ hash, layout, stored: null });
    const bytes = ITEM_BYTES + payload.length;
    this.#parts.frames.push({ ...itemOf(sender, bytes), dictionary, record: null, future: null, ...place });
  }

  /** @throws MessageError */
  takeBacklog(sender: Sender, message: AgentMessage & { type: "backlog" }, dictionary: LinkedDictionary): void {
    const block = decoding(() => decodeFrame(dictionary.layout, message.frame));
    const flags = (message.isThinned ? FRAME_FLAGS.thinned : 0) | (message.isClockUnsure ? FRAME_FLAGS.clockUnsure : 0);
    const place = { epoch: message.epoch, sequence: message.sequence, flags };
    this.takeBlock(sender, dictionary, block, place, message.frame);
  }

  /**
   * Puts moments that have a place in history into the queue, and those that cannot be right beside them.
   * @param frame the block as a frame that stands alone, when it came so
   */
  takeBlock(sender: Sender, dictionary: LinkedDictionary, block: Block, place: Place, frame?: Uint8Array): void {
    const latest = sender.receivedAt.getTime() / 1000 + FUTURE_SECONDS_MAX;
    const { moments } = block;
    const isTimely = (moments.at(-1) ?? 0) <= latest;
    const timely = isTimely ? moments.length : moments.findIndex((moment) => moment > latest);
    const isNewest = sender.link.advance(place.epoch, place.sequence);
    const record = timely > 0 ? recordOf(block, timely, isNewest, frame) : null;
    const future = isTimely ? null : futureOf(block, timely);
    const { link } = sender;
    link.newestMoment = Math.max(link.newestMoment, record?.lastMoment ?? 0);
    const frames = (record?.frame.length ?? 0) + (future?.frame.length ?? 0);
    const bytes = ITEM_BYTES + frames + 9 * (record?.block?.values.length ?? 0);
    // Written out, here and in `itemOf`: it happens for every push, and spreading objects is slow.
    const { epoch, sequence, flags } = place;
    const { orgId } = link;
    const { source, id, receivedAt } = sender;
    const head = { orgId, link, source, id, receivedAt, bytes, failures: 0 };
    this.#parts.frames.push({ ...head, dictionary, record, future, epoch, sequence, flags });
  }

  /** @throws MessageError */
  takeReport(sender: Sender, payload: Uint8Array, place: Omit<Place, "flags">): void {
    const report = parse(Report, () => parseStorableJson(unfold(payload)));
    const bytes = ITEM_BYTES + 4 * payload.length;
    this.#parts.reports.push({ ...itemOf(sender, bytes), report, ...place });
  }

  /** @throws MessageError */
  takeInventory(sender: Sender, message: InventoryMessage, epoch: number): void {
    // As it came: names of states are made of it. What Postgres cannot hold is taken out where it is written.
    const change = parse(InventoryChange, () => JSON.parse(unfold(message.payload)));
    const { part, base, target, sequence } = message;
    const bytes = ITEM_BYTES + 8 * message.payload.length;
    this.#parts.inventories.push({ ...itemOf(sender, bytes), change, part, base, target, epoch, sequence });
  }
}

const itemOf = ({ link, source, id, receivedAt }: Sender, bytes: number) => ({
  orgId: link.orgId,
  link,
  source,
  id,
  receivedAt,
  bytes,
  failures: 0,
});

const indexes = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

function recordOf(block: Block, timely: number, isNewest: boolean, frame: Uint8Array | undefined): RecordFrame {
  const isWhole = timely === block.moments.length;
  const kept = isWhole ? block : selectMoments(block, indexes(0, timely));
  return {
    firstMoment: kept.moments[0] ?? 0,
    lastMoment: kept.moments.at(-1) ?? 0,
    moments: timely,
    // A copy: the bytes that came are a view of a buffer that the connection shares with other messages.
    frame: isWhole && frame ? Buffer.from(frame) : encodeStoredFrame(kept),
    block: isNewest ? kept : null,
  };
}

function futureOf(block: Block, timely: number): FutureFrame {
  const part = selectMoments(block, indexes(timely, block.moments.length));
  return { firstMoment: part.moments[0] ?? 0, frame: encodeFrame(part) };
}

const malformed = (message: string) => new MessageError({ code: "malformed", message });

/** What the codec does not understand is malformed. @throws MessageError */
export function decoding<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CodecError) throw malformed(`The message cannot be read: ${error.message}`);
    throw error;
  }
}

/** @throws MessageError */
function unfold(payload: Uint8Array): string {
  try {
    return inflateRawSync(payload, { maxOutputLength: REPORT_BYTES_MAX }).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new MessageError({ code: "too_large", message: `Unfolded, it has ${REPORT_BYTES_MAX} bytes at most` });
    }
    throw malformed("The payload is not raw deflate");
  }
}

/** @throws MessageError */
function parse<T>(schema: z.ZodType<T>, read: () => unknown): T {
  let found: unknown;
  try {
    found = read();
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed("The payload is not valid JSON");
    throw error;
  }
  const parsed = schema.safeParse(found);
  if (parsed.success) return parsed.data;
  throw malformed(z.prettifyError(parsed.error).replaceAll("\n", " ").slice(0, 500));
}

/** The entries with the name that follows from them as they came. @throws MessageError */
function readDictionary(payload: Uint8Array): { entries: Dictionary; hash: Buffer } {
  const told = parse(Entries, () => JSON.parse(unfold(payload)));
  const digest = createHash("sha256").update(JSON.stringify(told)).digest();
  // The name stays that of its sender, also where Postgres cannot hold a kind or key as it is. A kind that only a newer
  // agent knows has its place, so that what stands beside it can be read.
  const entries = told.map(([kind, key]) => ({ kind: storableText(kind) || "?", key: storableText(key) || "?" }));
  return { entries, hash: digest.subarray(0, DICTIONARY_HASH_BYTES) };
}
