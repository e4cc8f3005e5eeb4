/**
 * Classes of SQLSTATE (PostgreSQL, appendix A) that say that this very message is at fault: data exceptions, integrity
 * constraints, and what a trigger raises.
 */
const AT_FAULT_CLASSES = ["22", "23", "P0"];
/** A partition is missing: ours to make. */
const CHECK_VIOLATION = "23514";
const NO_PARTITION = "no partition of relation";

/**
 * True when an error of a transaction may pass by itself (no connection, no disk, a deadlock, a fail-over) or is a fault
 * of the whole system (a missing right or table), and the messages in it are not to blame. Faults of our own code count
 * as the message's, so that a message that nobody foresaw stops at itself.
 */
export function isOutage(error: unknown): boolean {
  const code = sqlState(error);
  if (code === null) return isOfConnection(error);
  if (code === CHECK_VIOLATION && messageOf(error).includes(NO_PARTITION)) return true;
  return !AT_FAULT_CLASSES.includes(code.slice(0, 2));
}

/** The SQLSTATE of an error of Postgres, or of what the query builder wrapped around it; null for any other error. */
function sqlState(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("severity" in at && "code" in at && typeof at.code === "string") return at.code;
  }
  return null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : "";
}

const CONNECTION_CODE = /^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT|EACCES|EHOSTUNREACH|ENETUNREACH)/;
/** What the driver says without any code. */
const CONNECTION_TEXT = /connection|trying to connect|read timeout|not queryable|pool after calling end/i;

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Wrappers repeat the statement with its values, in which any word may occur: only the innermost error counts.
  if (error.cause !== undefined) return isOfConnection(error.cause);
  if (error instanceof AggregateError && error.errors.some(isOfConnection)) return true;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return CONNECTION_CODE.test(code) || CONNECTION_TEXT.test(error.message);
}
