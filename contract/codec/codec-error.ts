/** Bytes that are no frame, or values that a frame cannot hold; the message says what was found. */
export class CodecError extends Error {
  override readonly name = "CodecError";
}
