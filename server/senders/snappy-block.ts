import { uncompress, uncompressSync } from "snappy";
import { RequestError } from "./request-error";

/** Up to this size the detour over a thread costs more than it frees. */
const AT_ONCE_BYTES_MAX = 256 * 1024;

/**
 * Decodes a snappy block (not the framed format). The length that the block claims is checked before a byte of it is
 * decoded: five bytes can claim four gigabytes.
 * @throws RequestError malformed or too_large
 */
export async function decodeSnappyBlock(body: Buffer, bytesMax: number): Promise<Buffer> {
  const length = claimedLength(body);
  if (length > bytesMax) {
    throw new RequestError("too_large", `The body inflates to ${length} bytes, expected ${bytesMax} at most`);
  }
  let decoded: string | Buffer;
  try {
    decoded = length <= AT_ONCE_BYTES_MAX ? uncompressSync(body) : await uncompress(body);
  } catch {
    throw new RequestError("malformed", "The body is not a valid snappy block");
  }
  return Buffer.isBuffer(decoded) ? decoded : Buffer.from(decoded);
}

/** The varint at the start of a block. */
function claimedLength(body: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = body[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new RequestError("malformed", "The body is not a valid snappy block: it does not begin with its length");
}
