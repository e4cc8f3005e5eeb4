import type { IncomingMessage, ServerResponse } from "node:http";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { z } from "zod";
import { EnrolRequest } from "@/contract/agents";
import { GATEWAY_PATHS, PUSH_BYTES_MAX, PushBatch } from "@/contract/telemetry";
import type { Database } from "@/db/client";
import { authenticateAgent } from "@/server/agents/authenticate";
import { enrolAgent } from "@/server/agents/enrol";
import { storeBatch } from "@/server/telemetry/store-batch";
import { answerError, answerJson } from "./answer";
import { BodyError, parseBody, readBody } from "./read-body";

export type Doors = { database: Database; intervalSeconds: number };

/** An enrolment is small; whatever is larger is not one. */
const ENROL_BYTES_MAX = 16 * 1024;
/** Enrolments from one address in a minute: a site with many machines behind one address stays well below. */
const enrolLimiter = new RateLimiterMemory({ points: 120, duration: 60 });

/** @throws BodyError with all problems of the input in one line */
function check<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new BodyError("malformed", z.prettifyError(result.error).replaceAll("\n", " ").slice(0, 500));
}

/** `POST /v1/agents/enrol`: a join token against an identity. */
export async function enrolDoor(
  { database, intervalSeconds }: Doors,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await enrolLimiter.consume(request.socket.remoteAddress ?? "unknown");
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return answerError(response, "rate_limited", "Too many enrolments from this address; try again in a minute");
  }
  const body = await readBody(request, ENROL_BYTES_MAX);
  const input = check(EnrolRequest, await parseBody(request, body, ENROL_BYTES_MAX));
  const answer = await enrolAgent(database, input, intervalSeconds);
  if ("refused" in answer) return answerError(response, answer.refused, answer.message);
  answerJson(response, 201, answer);
}

/** `POST /v1/agents/push`: one signed batch. The answer leaves after the commit, never before. */
export async function pushDoor(
  { database, intervalSeconds }: Doors,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const receivedAt = new Date();
  const body = await readBody(request, PUSH_BYTES_MAX);
  const proof = await authenticateAgent(database, {
    method: "POST",
    path: GATEWAY_PATHS.push,
    headers: request.headers,
    body,
  });
  if ("refused" in proof) return answerError(response, proof.refused, proof.message);
  const batch = check(PushBatch, await parseBody(request, body, PUSH_BYTES_MAX));
  if (proof.sequence !== `${batch.epoch}.${batch.sequence}`) {
    throw new BodyError(
      "malformed",
      `The signed sequence ${proof.sequence} is not that of the batch, ${batch.epoch}.${batch.sequence}`,
    );
  }
  const answer = await storeBatch(database, proof.agent, batch, { sentAt: proof.sentAt, receivedAt }, intervalSeconds);
  if (!answer) return answerError(response, "agent_revoked", "This agent was revoked in the console");
  answerJson(response, 200, answer);
}
