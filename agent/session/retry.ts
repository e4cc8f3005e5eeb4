import { backoffCeiling } from "@/contract/backoff";
import type { Refusal } from "@/contract/session";

/** Full jitter: evenly between nought and a ceiling that doubles. */
const RETRY_SECONDS_BASE = 1;
const RETRY_SECONDS_MAX = 300;

/** Seconds until the next attempt. @param failures in a row, from 1 */
export function retrySeconds(failures: number, random: () => number): number {
  return random() * ceilingSeconds(failures);
}

const ceilingSeconds = (failures: number): number => backoffCeiling(failures, RETRY_SECONDS_BASE, RETRY_SECONDS_MAX);

/**
 * Seconds to wait after a refusal that may say for how long. Never less than that, and from there on spread over half as
 * long again: a thousand agents that were told the same minute do not come in the same second.
 * @param asked what the gateway said; 0 when nothing
 */
export function refusedSeconds(asked: number, failures: number, random: () => number): number {
  return asked + random() * Math.max(asked / 2, ceilingSeconds(failures));
}

/** Refusals that are not of one message: this agent may not speak now. */
export function isOfSession({ code }: Refusal): boolean {
  return ["agent_revoked", "agent_unknown", "agent_waiting", "signature_invalid"].includes(code);
}
