import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { GatewayErrorCode } from "@/contract/telemetry";

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

/** The bytes as sent. Counted while they stream in: a length header may be absent or a lie. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  if (request.headers["content-type"]?.split(";")[0]?.trim() !== "application/json") {
    throw new BodyError("wrong_type", "Expected content-type application/json");
  }
  if (!["gzip", "identity", undefined].includes(request.headers["content-encoding"])) {
    throw new BodyError("wrong_type", "Expected content-encoding gzip, or none");
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Not `for await`: leaving it early destroys the request and with it the way for the answer.
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else if (bytes <= bytesMax * DRAIN_FACTOR) reject(tooLarge(bytesMax));
      else request.destroy();
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new Error("the sender went away before its body was complete")));
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
    const json = text.toString("utf8");
    const parsed: unknown = JSON.parse(json);
    return UNSTORABLE_ESCAPE.test(json) ? storable(parsed) : parsed;
  } catch {
    throw new BodyError("malformed", "The body is not valid JSON");
  }
}

/** What JSON can say and Postgres cannot hold: NUL and halves of surrogate pairs. Most bodies have neither. */
const UNSTORABLE_ESCAPE = /\\u(0000|[dD][89a-fA-F])/;

/** Takes out what Postgres cannot hold, or a serial number padded with NUL would be refused for ever. */
function storable(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)]));
}

const storableText = (text: string): string => text.replaceAll("\0", "").replaceAll(/\p{Surrogate}/gu, "\ufffd");

function tooLarge(bytesMax: number): BodyError {
  return new BodyError("too_large", `The body is larger than ${bytesMax} bytes; send it in parts`);
}
