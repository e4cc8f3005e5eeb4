import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "@/db/client";
import { DomainError } from "@/server/errors";

/** Wrong passwords that one account takes in a quarter of an hour before it answers "wait" (OWASP ASVS 5.0, 6.3.1). */
export const SIGN_IN_FAILURES_MAX = 10;
const WINDOW_SECONDS = 15 * 60;

function limiterOf(database: Database): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: database.pool,
    storeType: "pool",
    tableName: "sign_in_limits",
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: "password",
    points: SIGN_IN_FAILURES_MAX,
    duration: WINDOW_SECONDS,
  });
}

/**
 * Counts one attempt before the password is looked at, in one statement: many at once cannot slip through.
 * @param account the e-mail, lower case
 * @throws DomainError rate_limited `sign_in_limited` with the `seconds` to wait
 */
export async function countAttempt(database: Database, account: string): Promise<void> {
  try {
    await limiterOf(database).consume(account);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new DomainError("rate_limited", "sign_in_limited", { seconds: Math.ceil(refusal.msBeforeNext / 1000) });
  }
}

/** The right password makes the wrong ones before it forgotten. */
export async function forgetAttempts(database: Database, account: string): Promise<void> {
  await limiterOf(database).delete(account);
}
