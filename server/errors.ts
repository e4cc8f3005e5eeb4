/**
 * Errors that the domain throws on purpose. Everything else is unexpected: it is logged with a request id, and the
 * caller is told nothing but that id.
 */
export type DomainErrorCode =
  | "unauthenticated"
  | "denied"
  | "not_found"
  | "conflict"
  | "invalid"
  | "rate_limited"
  | "unavailable";

export class DomainError extends Error {
  override readonly name = "DomainError";
  constructor(
    readonly code: DomainErrorCode,
    /** Key of the sentence on the screen, in the `errors` messages; also what tests assert. */
    readonly reason: string,
    /** Values of that sentence. */
    readonly values: Record<string, string | number> = {},
  ) {
    super(`${code}: ${reason}${Object.keys(values).length > 0 ? ` ${JSON.stringify(values)}` : ""}`);
  }
}

/** Not there, or not for this caller: the two must look the same, or ids could be probed. */
export function notFound(subject: string): DomainError {
  return new DomainError("not_found", "not_found", { subject });
}

/** Whether a row was refused because of one with the same value; Postgres names the index, drizzle puts its own error around it. */
export function isTaken(error: unknown, index: string): boolean {
  const cause: unknown = error instanceof Error ? error.cause : null;
  return typeof cause === "object" && cause !== null && "constraint" in cause && cause.constraint === index;
}
