import type { ServerResponse } from "node:http";
import type { GatewayErrorCode } from "@/contract/telemetry";
import type { SenderProblem } from "@/server/senders/request-error";

/**
 * The response-code contract, one table. Retry or not is decided by the code at the edge, so a wrong code loses data:
 * 401 is only for what is known to be bad; whatever may pass by itself is 503.
 */
export const STATUS_OF: Record<GatewayErrorCode, number> = {
  malformed: 400,
  wrong_type: 415,
  too_large: 413,
  state_unknown: 409,
  not_found: 404,
  method_not_allowed: 405,
  signature_invalid: 401,
  agent_unknown: 401,
  agent_revoked: 401,
  agent_waiting: 403,
  token_invalid: 403,
  token_expired: 403,
  token_used_up: 403,
  rate_limited: 429,
  unavailable: 503,
};

/**
 * The same for senders of others, which cannot be told apart by a word in the body. 429 makes a stock Prometheus throw
 * the batch away and 500 an OTLP exporter, so neither is ever a way to say "later": that is 503.
 */
export const SENDER_STATUS_OF: Record<SenderProblem | "otlp_stored" | "remote_write_stored" | "some_invalid", number> =
  {
    otlp_stored: 200,
    remote_write_stored: 204,
    /** Remote write only: the good samples are stored all the same. OTLP says it in `partial_success` of a 200. */
    some_invalid: 400,
    malformed: 400,
    token_refused: 401,
    method_not_allowed: 405,
    too_large: 413,
    wrong_type: 415,
    over_quota: 503,
    unavailable: 503,
  };

/** Seconds after which a sender may come back; spread so that many do not come back in the same second. */
export function retryAfterSeconds(spreadSeconds = 25): number {
  return 5 + Math.floor(Math.random() * spreadSeconds);
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

export function answerError(
  response: ServerResponse,
  code: GatewayErrorCode,
  message: string,
  more: { requestId?: string; retryAfterSeconds?: number } = {},
): void {
  const status = STATUS_OF[code];
  const { requestId, retryAfterSeconds: after = retryAfterSeconds() } = more;
  if (status === 503 || status === 429) response.setHeader("retry-after", Math.ceil(after));
  // The rest of a body that nobody will read must not block the connection.
  if (status === 503) response.setHeader("connection", "close");
  answerJson(response, status, { error: { code, message, ...(requestId ? { requestId } : {}) } });
}
