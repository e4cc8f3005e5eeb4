import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { GatewayErrorCode } from "@/contract/telemetry";
import { parseStorableJson } from "@/server/storable-json";

export class BodyError extends Error {
  override readonly name = "BodyError";
  constructor(
    readonly code: GatewayErrorCode,
    message: string,
  ) {
    super(message);
  }
}

const gunzipAsync = promisify(gunzip);

/** A body that is too large is read to its end up to so many times the limit, so that its sender gets the answer. */
const DRAIN_FACTOR = 8;

/** A sender may be slow (2G), but one that sends less than this holds the connection for nothing. */
const BYTES_PER_SECOND_MIN = 64;
const PACE_WINDOW_MS = 10_000;

export type ExpectedBody = { type: string; encodings: readonly ("gzip" | "identity")[]; bytesMax: number };

/** The bytes as sent. Counted while they stream in: a length header may be absent or a lie. */
export async function readBody(request: IncomingMessage, expected: ExpectedBody): Promise<Buffer> {
  const { type, encodings, bytesMax } = expected;
  if (request.headers["content-type"]?.split(";")[0]?.trim() !== type) {
    throw new BodyError("wrong_type", `Expected content-type ${type}`);
  }
  if (!encodings.some((name) => name === (request.headers["content-encoding"] ?? "identity"))) {
    throw new BodyError("wrong_type", `Expected content-encoding ${encodings.join(" or ")}`);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let paced = 0;
    const pace = setInterval(() => {
      if (bytes - paced < (BYTES_PER_SECOND_MIN * PACE_WINDOW_MS) / 1000) request.destroy();
      paced = bytes;
    }, PACE_WINDOW_MS).unref();
    // Not `for await`: leaving it early destroys the request and with it the way for the answer.
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else if (bytes <= bytesMax * DRAIN_FACTOR) reject(tooLarge(bytesMax));
      else request.destroy();
    });
    request.on("end", () => {
      clearInterval(pace);
      resolve(Buffer.concat(chunks));
    });
    request.on("error", reject);
    request.on("close", () => {
      clearInterval(pace);
      reject(new Error("the sender went away before its body was complete"));
    });
  });
}

/** @throws BodyError malformed, or too_large when it inflates beyond `bytesMax` */
export async function parseBody(request: IncomingMessage, body: Buffer, bytesMax: number): Promise<unknown> {
  let text = body;
  if (request.headers["content-encoding"] === "gzip") {
    try {
      text = await gunzipAsync(body, { maxOutputLength: bytesMax });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(bytesMax);
      throw new BodyError("malformed", "The body is not valid gzip");
    }
  }
  try {
    return parseStorableJson(text.toString("utf8"));
  } catch {
    throw new BodyError("malformed", "The body is not valid JSON");
  }
}

function tooLarge(bytesMax: number): BodyError {
  return new BodyError("too_large", `The body is larger than ${bytesMax} bytes; send it in parts`);
}
