import { createServer } from "node:http";
import { uncompressSync } from "snappy";

/** A receiver that says yes to everything and counts the samples: what senders cost on a wire is not its business. */
export type WriteSink = {
  port: number;
  /** Samples in remote-write 1.0 requests so far. */
  samples(): number;
  /** Requests that had none (metadata). */
  emptyRequests(): number;
  close(): Promise<void>;
};

export async function startWriteSink(): Promise<WriteSink> {
  let samples = 0;
  let emptyRequests = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const plain = uncompressSync(Buffer.concat(parts), { asBuffer: true });
      const found = countSamples(typeof plain === "string" ? Buffer.from(plain) : plain);
      samples += found;
      if (found === 0) emptyRequests += 1;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    samples: () => samples,
    emptyRequests: () => emptyRequests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `WriteRequest.timeseries` (1) → `TimeSeries.samples` (2). */
function countSamples(message: Buffer): number {
  let samples = 0;
  for (const series of fields(message, 1)) for (const _sample of fields(series, 2)) samples += 1;
  return samples;
}

/** The length-delimited fields of a protobuf message that have this number. */
function* fields(message: Buffer, wanted: number): Generator<Buffer> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let power = 1; ; power *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * power;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const wireType = key & 7;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      const length = varint();
      if (key >>> 3 === wanted) yield message.subarray(at, at + length);
      at += length;
    }
  }
}
