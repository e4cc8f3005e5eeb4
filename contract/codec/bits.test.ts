import { expect, test } from "vitest";
import { BitWriter } from "./bits";

test.each([255, 256, 257, 512, 1024])(
  "after %i bytes, one that is begun is not lost where the room was full",
  (bytes) => {
    const writer = new BitWriter();
    for (let at = 0; at < bytes; at += 1) writer.put(at & 255, 8);
    writer.put(5, 3);
    const written = writer.finish();
    expect(written.length).toBe(bytes + 1);
    expect(written.at(-1)).toBe(5 << 5);
  },
);
