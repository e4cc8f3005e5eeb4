import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, SessionState } from "@/contract/codec/frame";
import { idealBytesPerSample, NoisyStream, type StreamPlan } from "./noisy-stream";
import type { Profile } from "./recipes";

const plan = (profile: Profile): StreamPlan => ({ seed: 3, stream: 11, nodes: 4, intervalSeconds: 60, profile });
const momentsFrom = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + 60 * at);

test("the same plan gives the same readings, however they are asked for", () => {
  const whole = new NoisyStream(plan("twelve")).next(momentsFrom(1_750_000_000, 30));
  const parts = new NoisyStream(plan("twelve"));
  momentsFrom(1_750_000_000, 30).forEach((moment, at) => {
    const { values } = parts.next([moment]);
    const expected = Array.from(values, (_, column) => whole.values[column * 30 + at]);
    expect(Array.from(values)).toEqual(expected);
  });
});

test("streams of one seed are strangers", () => {
  const one = new NoisyStream(plan("full")).next([1_750_000_000]);
  const other = new NoisyStream({ ...plan("full"), stream: 12 }).next([1_750_000_000]);
  expect(Array.from(one.values)).not.toEqual(Array.from(other.values));
});

test("the noise is as large as it says: a day costs no less than the ideal coder's bytes, and at most half more", () => {
  const noisy = new NoisyStream(plan("twelve"));
  const session = new SessionState(noisy.layout);
  const other = new SessionState(noisy.layout);
  let bytes = 0;
  for (let at = 0; at < 1_440; at += 10) {
    const block = noisy.next(momentsFrom(1_750_000_000 + 60 * at, 10));
    const frame = encodeFrame(block, session);
    expect(Array.from(decodeFrame(noisy.layout, frame, other).values)).toEqual(Array.from(block.values));
    bytes += frame.length;
  }
  const bytesPerSample = bytes / 1_440 / noisy.samplesPerMoment;
  expect(bytesPerSample).toBeGreaterThan(0.95 * idealBytesPerSample("twelve"));
  expect(bytesPerSample).toBeLessThan(1.5 * idealBytesPerSample("twelve"));
});
