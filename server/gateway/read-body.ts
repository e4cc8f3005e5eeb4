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

/** The bytes as sent. Counted while they stream in: a length header may be absent or a lie. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  if (request.headers["content-type"]?.split(";")[0]?.trim() !== "application/json") {
    throw new BodyError("wrong_type", "Expected content-type application/json");
  }
  if (!["gzip", "identity", undefined].includes(request.headers["content-encoding"])) {
    throw new BodyError("wrong_type", "Expected content-encoding gzip, or none");
  }
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
    return JSON.parse(text.toString("utf8"));
  } catch {
    throw new BodyError("malformed", "The body is not valid JSON");
  }
}

function tooLarge(bytesMax: number): BodyError {
  return new BodyError("too_large", `The body is larger than ${bytesMax} bytes; send it in parts`);
}
