import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError } from "./codec/codec-error";
import {
  type AgentMessage,
  DICTIONARY_HASH_BYTES,
  decodeAnswer,
  decodeMessage,
  encodeAnswer,
  encodeMessage,
  type GatewayAnswer,
  joinMessages,
  splitMessages,
} from "./messages";

const count = fc.maxSafeNat();
const payload = fc.uint8Array({ maxLength: 40 });
const hash = fc.uint8Array({ minLength: DICTIONARY_HASH_BYTES, maxLength: DICTIONARY_HASH_BYTES });

const messages: fc.Arbitrary<AgentMessage> = fc.oneof(
  fc.record({ type: fc.constant("dictionary" as const), id: count, payload }),
  fc.record({ type: fc.constant("report" as const), id: count, sequence: count, payload }),
  fc.record({
    type: fc.constant("live" as const),
    id: count,
    sequence: count,
    hash: fc.option(hash),
    frame: payload,
  }),
  fc.record({
    type: fc.constant("backlog" as const),
    id: count,
    epoch: count,
    sequence: count,
    isThinned: fc.boolean(),
    isClockUnsure: fc.boolean(),
    hash,
    frame: payload,
  }),
  fc.record({
    type: fc.constant("inventory" as const),
    id: count,
    sequence: count,
    part: fc.option(fc.record({ isFirst: fc.boolean(), isLast: fc.boolean() })),
    base: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    target: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    payload,
  }),
);
const answers: fc.Arbitrary<GatewayAnswer> = fc.oneof(
  fc.record({ type: fc.constant("acknowledged" as const), ids: fc.array(count) }),
  fc.record({ type: fc.constantFrom("needKey" as const, "needDictionary" as const), id: count }),
  fc.record({ type: fc.constant("refused" as const), id: count, text: fc.string() }),
);

describe("messages", () => {
  test("come back as they went, alone and many in one body", () => {
    fc.assert(
      fc.property(fc.array(messages), (list) => {
        const encoded = list.map(encodeMessage);
        expect(encoded.map(decodeMessage)).toEqual(list);
        expect(splitMessages(joinMessages(encoded)).map(decodeMessage)).toEqual(list);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test("and so do answers", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  test("a live frame in a running session costs four bytes beside itself", () => {
    const frame = Uint8Array.from([1, 2, 3]);
    expect(encodeMessage({ type: "live", id: 5, sequence: 9, hash: null, frame })).toHaveLength(frame.length + 4);
    expect(encodeAnswer({ type: "acknowledged", ids: [5] })).toHaveLength(2);
  });

  test("random bytes are read or refused as a codec error, never a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const read of [decodeMessage, decodeAnswer, splitMessages]) {
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }
      }),
      { seed: 5, numRuns: 20_000 },
    );
  });

  test("a message of another type is refused by its number", () => {
    expect(() => decodeMessage(Uint8Array.from([9, 0]))).toThrow("found a message of type 9, expected 1 to 5");
    expect(() => splitMessages(Uint8Array.from([200, 1, 0]))).toThrow(CodecError);
  });
});
