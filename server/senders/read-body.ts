import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { RequestError } from "./request-error";

const gunzipAsync = promisify(gunzip);

/** A body that is too large is read on to so many times the limit, so that its sender gets the answer. */
const DRAIN_FACTOR = 2;

function tooLarge(bytesMax: number): RequestError {
  return new RequestError("too_large", `The body is larger than ${bytesMax} bytes; send it in parts`);
}

/**
 * The bytes as sent. Counted while they stream in: exporters send chunked, without a length header.
 * @throws RequestError too_large; Error when the sender goes away
 */
export function readSenderBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Not `for await`: leaving it early destroys the request and with it the way for the answer.
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else if (bytes <= bytesMax * DRAIN_FACTOR) {
        chunks.length = 0;
        reject(tooLarge(bytesMax));
      } else request.destroy();
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new Error("the sender went away before its body was complete")));
  });
}

/** @throws RequestError malformed, or too_large when it inflates beyond `bytesMax` */
export async function inflateGzip(body: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await gunzipAsync(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(bytesMax);
    throw new RequestError("malformed", "The body is not valid gzip");
  }
}
