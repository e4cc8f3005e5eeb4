import type { Refusal } from "@/contract/session";

/** Full jitter: evenly between nought and a ceiling that doubles (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
const RETRY_SECONDS_BASE = 1;
const RETRY_SECONDS_MAX = 300;

/** Seconds until the next attempt. @param failures in a row, from 1 */
export function retrySeconds(failures: number, random: () => number): number {
  return random() * Math.min(RETRY_SECONDS_MAX, RETRY_SECONDS_BASE * 2 ** Math.min(failures - 1, 30));
}

/** Refusals that are not of one message: this agent may not speak now. */
export function isOfSession({ code }: Refusal): boolean {
  return ["agent_revoked", "agent_unknown", "agent_waiting", "signature_invalid"].includes(code);
}
