import type { IncomingMessage, ServerResponse } from "node:http";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { z } from "zod";
import { EnrolRequest } from "@/contract/agents";
import type { Database } from "@/db/client";
import { enrolAgent } from "@/server/agents/enrol";
import { answerError, answerJson } from "./answer";
import { BodyError, parseBody, readBody } from "./read-body";

/** An enrolment is small; whatever is larger is not one. */
const ENROL_BYTES_MAX = 16 * 1024;
/** Enrolments in vain from one address in a minute. Those that a good token lets in are not counted. */
const enrolLimiter = new RateLimiterMemory({ points: 120, duration: 60 });

/** `POST /v1/agents/enrol`: a join token against an identity. */
export async function enrolDoor(
  { database, intervalSeconds }: { database: Database; intervalSeconds: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const address = request.socket.remoteAddress ?? "unknown";
  try {
    await enrolLimiter.consume(address);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return answerError(response, "rate_limited", "Too many enrolments from this address; try again in a minute");
  }
  const body = await readBody(request, {
    type: "application/json",
    encodings: ["gzip", "identity"],
    bytesMax: ENROL_BYTES_MAX,
  });
  const input = EnrolRequest.safeParse(await parseBody(request, body, ENROL_BYTES_MAX));
  if (!input.success) {
    throw new BodyError("malformed", z.prettifyError(input.error).replaceAll("\n", " ").slice(0, 500));
  }
  const answer = await enrolAgent(database, input.data, intervalSeconds);
  if ("refused" in answer) return answerError(response, answer.refused, answer.message);
  // Hundreds of machines may come in from behind one address: their tokens say how many.
  await enrolLimiter.reward(address);
  answerJson(response, 201, answer);
}
