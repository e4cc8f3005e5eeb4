/** The agent cannot reach its cluster as it is configured, in one line that says what to do. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}
