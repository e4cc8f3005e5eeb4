import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import { answerError, answerJson } from "./answer";
import { type Doors, enrolDoor, pushDoor } from "./doors";
import { BodyError } from "./read-body";

/** Requests in work at once; beyond that the door says "later" before it reads a body. */
const REQUESTS_IN_WORK_MAX = 256;

/**
 * The gateway's HTTP server, not yet listening. Bare `node:http`: a page framework in front of ingest costs more than
 * the ingest.
 */
export function createGateway(doors: Doors, log: Logger): Server {
  let inWork = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0];
    if (path === GATEWAY_PATHS.health) return answerJson(response, 200, { status: "alive" });
    if (path === GATEWAY_PATHS.ready) return answerReady(doors, response);
    const door = path === GATEWAY_PATHS.push ? pushDoor : path === GATEWAY_PATHS.enrol ? enrolDoor : null;
    if (!door)
      return answerError(response, "not_found", `Nothing answers at this path; agents use ${GATEWAY_PATHS.push}`);
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      return answerError(response, "method_not_allowed", "Expected POST");
    }
    if (inWork >= REQUESTS_IN_WORK_MAX)
      return answerError(response, "unavailable", "Too many requests at once; try again");
    inWork += 1;
    try {
      await door(doors, request, response);
    } finally {
      inWork -= 1;
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answerFailure(error, request, response, log));
  });
  // A sender may be slow (2G), but not for ever, and an idle socket is cheap to open again.
  server.headersTimeout = 10_000;
  server.requestTimeout = 300_000;
  server.keepAliveTimeout = 120_000;
  return server;
}

async function answerReady({ database }: Doors, response: ServerResponse): Promise<void> {
  try {
    await database.pool.query("select 1");
    answerJson(response, 200, { status: "ready" });
  } catch {
    answerError(response, "unavailable", "The database does not answer");
  }
}

/** What is not known to be the sender's fault is 503, so that it keeps its data and tries again. */
function answerFailure(error: unknown, request: IncomingMessage, response: ServerResponse, log: Logger): void {
  if (response.headersSent || !response.socket || response.socket.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof BodyError) {
    answerError(response, error.code, error.message);
    return;
  }
  const requestId = randomUUID();
  log.error({ requestId, path: request.url, err: error }, "request failed");
  answerError(response, "unavailable", "This request could not be stored; try again", requestId);
}
