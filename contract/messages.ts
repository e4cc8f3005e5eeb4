import { CodecError } from "./codec/codec-error";
import { STATE_HASH_BYTES } from "./inventory";

/**
 * The messages of a session, as bytes: one byte of type, then unsigned LEB128 numbers, then the payload. Ids count up
 * within one connection or request and tie answers to messages.
 */
export const MESSAGE = { dictionary: 1, live: 2, backlog: 3, report: 4, inventory: 5 } as const;
export const ANSWER = { acknowledged: 1, needKey: 2, needDictionary: 3, refused: 4 } as const;

/** Bytes of a dictionary's name: the first of the SHA-256 over `dictionaryText`. */
export const DICTIONARY_HASH_BYTES = 8;
const KEY_FLAG = 1;
const THINNED_FLAG = 1;
const CLOCK_UNSURE_FLAG = 2;
const WHOLE_FLAG = 1;
const FIRST_FLAG = 2;
const LAST_FLAG = 4;

/** Agent → gateway. Payloads of dictionary and report are raw-deflated JSON (RFC 1951). */
export type AgentMessage =
  | { type: "dictionary"; id: number; payload: Uint8Array }
  /** The newest moments. `hash` comes with a key frame, which begins the session state anew; else it is null. */
  | { type: "live"; id: number; sequence: number; hash: Uint8Array | null; frame: Uint8Array }
  /** Older moments in a frame that stands alone; `sequence` is that of the newest record in it. */
  | {
      type: "backlog";
      id: number;
      epoch: number;
      sequence: number;
      /** Resolution was given up, sums were kept. */
      isThinned: boolean;
      /** The edge's clock was never compared with ours in the boot that this comes from. */
      isClockUnsure: boolean;
      hash: Uint8Array;
      frame: Uint8Array;
    }
  | { type: "report"; id: number; sequence: number; payload: Uint8Array }
  | InventoryMessage;

/**
 * What is told of a cluster (`inventory.ts`): a change from the state named `base` to the one named `target`, or a part
 * of a whole, whose first part builds on the empty state and whose last one makes it the one that is shown.
 */
export type InventoryMessage = {
  type: "inventory";
  id: number;
  sequence: number;
  part: { isFirst: boolean; isLast: boolean } | null;
  base: bigint;
  target: bigint;
  /** Raw-deflated JSON of an `InventoryChange`. */
  payload: Uint8Array;
};

/** Gateway → agent. */
export type GatewayAnswer =
  | { type: "acknowledged"; ids: number[] }
  | { type: "needKey" | "needDictionary"; id: number }
  /** `text` is the JSON of a `Refusal`. */
  | { type: "refused"; id: number; text: string };

export function encodeMessage(message: AgentMessage): Uint8Array {
  switch (message.type) {
    case "dictionary":
      return join([MESSAGE.dictionary, ...varint(message.id)], message.payload);
    case "report":
      return join([MESSAGE.report, ...varint(message.id), ...varint(message.sequence)], message.payload);
    case "inventory":
      return join(
        [
          MESSAGE.inventory,
          ...varint(message.id),
          ...varint(message.sequence),
          message.part
            ? WHOLE_FLAG | (message.part.isFirst ? FIRST_FLAG : 0) | (message.part.isLast ? LAST_FLAG : 0)
            : 0,
          ...stateBytes(message.base),
          ...stateBytes(message.target),
        ],
        message.payload,
      );
    case "live":
      return join(
        [
          MESSAGE.live,
          ...varint(message.id),
          ...varint(message.sequence),
          message.hash ? KEY_FLAG : 0,
          ...(message.hash ?? []),
        ],
        message.frame,
      );
    case "backlog":
      return join(
        [
          MESSAGE.backlog,
          ...varint(message.id),
          ...varint(message.epoch),
          ...varint(message.sequence),
          (message.isThinned ? THINNED_FLAG : 0) | (message.isClockUnsure ? CLOCK_UNSURE_FLAG : 0),
          ...message.hash,
        ],
        message.frame,
      );
  }
}

/** @throws CodecError for bytes that are no message */
export function decodeMessage(bytes: Uint8Array): AgentMessage {
  const reader = new ByteReader(bytes);
  const type = reader.byte();
  const id = reader.varint();
  switch (type) {
    case MESSAGE.dictionary:
      return { type: "dictionary", id, payload: reader.rest() };
    case MESSAGE.report:
      return { type: "report", id, sequence: reader.varint(), payload: reader.rest() };
    case MESSAGE.live: {
      const sequence = reader.varint();
      const hash = reader.byte() & KEY_FLAG ? reader.take(DICTIONARY_HASH_BYTES) : null;
      return { type: "live", id, sequence, hash, frame: reader.rest() };
    }
    case MESSAGE.backlog: {
      const epoch = reader.varint();
      const sequence = reader.varint();
      const flags = reader.byte();
      return {
        type: "backlog",
        id,
        epoch,
        sequence,
        isThinned: (flags & THINNED_FLAG) !== 0,
        isClockUnsure: (flags & CLOCK_UNSURE_FLAG) !== 0,
        hash: reader.take(DICTIONARY_HASH_BYTES),
        frame: reader.rest(),
      };
    }
    case MESSAGE.inventory: {
      const sequence = reader.varint();
      const flags = reader.byte();
      const isWhole = (flags & WHOLE_FLAG) !== 0;
      return {
        type: "inventory",
        id,
        sequence,
        part: isWhole ? { isFirst: (flags & FIRST_FLAG) !== 0, isLast: (flags & LAST_FLAG) !== 0 } : null,
        base: stateOf(reader.take(STATE_HASH_BYTES)),
        target: stateOf(reader.take(STATE_HASH_BYTES)),
        payload: reader.rest(),
      };
    }
    default:
      throw new CodecError(`found a message of type ${type}, expected 1 to 5`);
  }
}

export function encodeAnswer(answer: GatewayAnswer): Uint8Array {
  switch (answer.type) {
    case "acknowledged":
      return Uint8Array.from([ANSWER.acknowledged, ...answer.ids.flatMap((id) => varint(id))]);
    case "needKey":
    case "needDictionary":
      return Uint8Array.from([ANSWER[answer.type], ...varint(answer.id)]);
    case "refused":
      return join([ANSWER.refused, ...varint(answer.id)], new TextEncoder().encode(answer.text));
  }
}

/** @throws CodecError for bytes that are no answer */
export function decodeAnswer(bytes: Uint8Array): GatewayAnswer {
  const reader = new ByteReader(bytes);
  const type = reader.byte();
  switch (type) {
    case ANSWER.acknowledged: {
      const ids: number[] = [];
      while (!reader.isAtEnd) ids.push(reader.varint());
      return { type: "acknowledged", ids };
    }
    case ANSWER.needKey:
      return { type: "needKey", id: reader.varint() };
    case ANSWER.needDictionary:
      return { type: "needDictionary", id: reader.varint() };
    case ANSWER.refused:
      return { type: "refused", id: reader.varint(), text: new TextDecoder().decode(reader.rest()) };
    default:
      throw new CodecError(`found an answer of type ${type}, expected 1 to 4`);
  }
}

/** Messages one behind the other, each with its length before it: the body of an HTTP request. */
export function joinMessages(messages: readonly Uint8Array[]): Uint8Array {
  return join([], ...messages.flatMap((message) => [Uint8Array.from(varint(message.length)), message]));
}

/** @throws CodecError when a length points beyond the end */
export function splitMessages(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes);
  const messages: Uint8Array[] = [];
  while (!reader.isAtEnd) messages.push(reader.take(reader.varint()));
  return messages;
}

/** Big-endian. */
function stateBytes(state: bigint): number[] {
  return Array.from({ length: STATE_HASH_BYTES }, (_, at) =>
    Number((state >> BigInt(8 * (STATE_HASH_BYTES - 1 - at))) & 0xffn),
  );
}

const stateOf = (bytes: Uint8Array): bigint => bytes.reduce((state, byte) => (state << 8n) | BigInt(byte), 0n);

/** Unsigned LEB128 of a whole number below 2^53. */
function varint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new CodecError(`found ${value}, expected a whole number from 0`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

function join(head: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, head.length));
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new CodecError(`found an end after ${this.#bytes.length} bytes, expected more`);
    this.#at += 1;
    return byte;
  }

  varint(): number {
    let value = 0;
    for (let power = 1; ; power *= 128) {
      const byte = this.byte();
      value += (byte % 128) * power;
      if (!Number.isSafeInteger(value)) throw new CodecError("found a number of more than 53 bits");
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) {
      throw new CodecError(`found ${this.#bytes.length - this.#at} bytes, expected ${length}`);
    }
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }
}
