import type { ServerResponse } from "node:http";
import type { GatewayErrorCode } from "@/contract/telemetry";

/**
 * The response-code contract, one table. Retry or not is decided by the code at the edge, so a wrong code loses data:
 * 401 is only for what is known to be bad; whatever may pass by itself is 503.
 */
export const STATUS_OF: Record<GatewayErrorCode, number> = {
  malformed: 400,
  wrong_type: 415,
  too_large: 413,
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

/** Seconds after which a sender may come back; spread so that many do not come back in the same second. */
function retryAfterSeconds(): number {
  return 5 + Math.floor(Math.random() * 25);
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
  requestId?: string,
): void {
  const status = STATUS_OF[code];
  if (status === 503 || status === 429) response.setHeader("retry-after", retryAfterSeconds());
  // The rest of a body that nobody will read must not block the connection.
  if (status === 503) response.setHeader("connection", "close");
  answerJson(response, status, { error: { code, message, ...(requestId ? { requestId } : {}) } });
}
