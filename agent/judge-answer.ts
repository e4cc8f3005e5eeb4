import { PushAnswer } from "@/contract/telemetry";
import type { GatewayAnswer } from "./gateway-client";
import type { BatchName } from "./spool";

/** What an answer to a push means for the batch. */
export type Verdict =
  | { kind: "acknowledged"; intervalSeconds: number }
  /** This batch will never be taken; the next may be. */
  | { kind: "poison"; reason: string }
  | { kind: "too_large"; reason: string }
  /** The gateway knows this agent and does not want it. */
  | { kind: "refused"; reason: string }
  /** A person has to approve this agent first. */
  | { kind: "waiting"; reason: string }
  /** It may pass. `isGatewayFailing`: the gateway was there and could not store, which may lie in this very batch. */
  | { kind: "retry"; reason: string; retryAfterSeconds: number | null; isGatewayFailing: boolean };

/**
 * Judges by the code of the gateway. A status without such a code comes from something between (a proxy, a sign-in
 * page of a network) and costs no data; only "too large" means the same from everybody.
 */
export function judgeAnswer(answer: GatewayAnswer, name: BatchName): Verdict {
  const { status, error, retryAfterSeconds } = answer;
  const reason = error ? `${error.message} (${error.code})` : `status ${status} without a gateway's answer`;
  if (status === 200) return judgeAcknowledgement(answer, name);
  if (status === 413) return { kind: "too_large", reason };
  if (error) {
    if (status === 400 || status === 415) return { kind: "poison", reason };
    if (status === 401) return { kind: "refused", reason };
    if (status === 403 && error.code === "agent_waiting") return { kind: "waiting", reason };
  }
  return { ...retry(reason, retryAfterSeconds), isGatewayFailing: error?.code === "unavailable" };
}

function judgeAcknowledgement({ body }: GatewayAnswer, name: BatchName): Verdict {
  const answer = PushAnswer.safeParse(body);
  if (!answer.success) return retry("status 200 without an acknowledgement");
  const { epoch, sequence } = answer.data.acknowledged;
  if (epoch !== name.epoch || sequence !== name.sequence) {
    return retry(`acknowledged ${epoch}.${sequence} instead of ${name.epoch}.${name.sequence}`);
  }
  return { kind: "acknowledged", intervalSeconds: answer.data.intervalSeconds };
}

/** The verdict on an attempt that says nothing about the batch. */
export function retry(reason: string, retryAfterSeconds: number | null = null): Extract<Verdict, { kind: "retry" }> {
  return { kind: "retry", reason, retryAfterSeconds, isGatewayFailing: false };
}
