/** What a request can be told; the status of each stands in the response-code table. */
export type SenderProblem =
  | "malformed"
  | "wrong_type"
  | "too_large"
  | "token_refused"
  | "method_not_allowed"
  | "over_quota"
  | "unavailable";

/** A request that is answered with a problem; the message is for the sender's log, in English. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(
    readonly problem: SenderProblem,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Runs a decoder and turns what the reader of the wire format throws into "malformed". Errors of our own making
 * (TypeError and the like) pass: they are no fault of the sender's and must not cost it its data.
 */
export function decoding<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (error instanceof RangeError || (error instanceof Error && error.constructor === Error)) {
      throw new RequestError("malformed", `The body is not valid ${what}: ${error.message}`);
    }
    throw error;
  }
}
