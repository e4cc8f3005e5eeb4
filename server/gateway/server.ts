import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import { SESSION_PATH } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import type { Database } from "@/db/client";
import { AgentDirectory } from "@/server/agents/agent-directory";
import { refuseSender, senderDoor } from "@/server/senders/doors";
import { SenderIntake } from "@/server/senders/intake";
import { LayoutBook } from "@/server/telemetry/layout-book";
import { StateWriter } from "@/server/telemetry/state-writer";
import { ADMISSION_LIMITS, Admission, type AdmissionLimits } from "./admission";
import { AgentLinks } from "./agent-links";
import { answerError, answerJson } from "./answer";
import { ChangeListener } from "./change-listener";
import { DictionaryShelf } from "./dictionary-shelf";
import { enrolDoor } from "./enrol-door";
import { MessageError, MessageIntake } from "./message-intake";
import { claimedAgent, messagesDoor } from "./messages-door";
import { createQueues } from "./queues";
import { QuotaNotes } from "./quota-notes";
import { BodyError } from "./read-body";
import { SessionBook } from "./session-book";
import { SessionDoor } from "./session-door";
import { SessionNotes } from "./session-notes";

export type GatewayOptions = {
  database: Database;
  /** What agents are told where nothing is set for their site. */
  intervalSeconds: number;
  senders?: SenderIntake;
  limits?: Partial<AdmissionLimits>;
  /** Longest time that a frame waits for others before it is written. */
  lingerMs?: number;
};

export type Gateway = {
  readonly server: Server;
  /** Sessions that are open. */
  sessions(): number;
  listen(port: number, host: string): Promise<void>;
  /** Writes the newest readings now, and not within the next second. */
  writeStates(): Promise<void>;
  /** Takes nothing new, stores and acknowledges what was taken, says goodbye. */
  stop(): Promise<void>;
};

const PARTITIONS_EVERY_MS = 3_600_000;
/** So long the other ends have for their goodbye when the gateway stops. */
const GOODBYE_MS = 1_000;

/** The gateway. Bare `node:http`: a page framework in front of ingest costs more than the ingest. */
export function createGateway(options: GatewayOptions, log: Logger): Gateway {
  const { database, intervalSeconds } = options;
  const limits = { ...ADMISSION_LIMITS, ...options.limits };
  const admission = new Admission(limits);
  const quota = new QuotaNotes(database, log, limits.organisationBytesPerSecond);
  const directory = new AgentDirectory(database);
  const layouts = new LayoutBook();
  const links = new AgentLinks();
  const notes = new SessionNotes(database);
  const senders = options.senders ?? new SenderIntake(database);
  const states = new StateWriter(database, log);
  const linger = options.lingerMs === undefined ? {} : { lingerMs: options.lingerMs };
  const queues = createQueues(database, states, log, linger);
  const shelf = new DictionaryShelf(database, layouts);
  const intake = new MessageIntake({ ...queues, shelf, layouts, admission, quota });
  const book = new SessionBook({ directory, notes, intervalSeconds, log });
  const door = new SessionDoor({ admission, directory, links, notes, book, intake, intervalSeconds, log });
  const listener = new ChangeListener(database.pool.options.connectionString ?? "", log, (siteId) => {
    book.recheck(siteId).catch((error: unknown) => log.warn({ err: error }, "a change could not be looked at"));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0];
    if (path === GATEWAY_PATHS.health) return answerJson(response, 200, { status: "alive" });
    if (path === GATEWAY_PATHS.ready) return answerReady(database, response);
    const sender = senderDoor(path);
    if (sender) {
      if (admission.enterRequest() !== null) return refuseSender(request, response);
      return sender(senders, request, response, log).finally(() => admission.leaveRequest());
    }
    if (path === SESSION_PATH) {
      response.setHeader("upgrade", "websocket");
      return answerError(response, "malformed", "Expected an upgrade to a WebSocket");
    }
    if (path !== GATEWAY_PATHS.push && path !== GATEWAY_PATHS.enrol) {
      return answerError(response, "not_found", `Nothing answers at this path; agents use ${SESSION_PATH}`);
    }
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      return answerError(response, "method_not_allowed", "Expected POST");
    }
    const orgId = links.organisationOf(claimedAgent(request));
    if (orgId && !queues.frames.hasRoom(orgId)) {
      return answerError(response, "unavailable", "Too much waits to be stored; try again");
    }
    const retryAfterSeconds = admission.enterRequest();
    if (retryAfterSeconds !== null) {
      return answerError(response, "unavailable", "Too many requests at once; try again", { retryAfterSeconds });
    }
    try {
      if (path === GATEWAY_PATHS.enrol) await enrolDoor(options, request, response);
      else await messagesDoor({ admission, directory, links, notes, intake, intervalSeconds }, request, response);
    } finally {
      admission.leaveRequest();
    }
  }

  const server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => answerFailure(error, request, response, log));
  });
  server.on("upgrade", (request, socket, head) => door.upgrade(request, socket, head));
  // A sender may be slow (2G), but not for ever, and an idle socket is cheap to open again.
  server.headersTimeout = 10_000;
  server.requestTimeout = 300_000;
  server.keepAliveTimeout = 120_000;

  const preparePartitions = () => {
    database.pool
      .query("select prepare_telemetry_partitions()")
      .catch((error: unknown) => log.warn({ err: error }, "partitions could not be made; it is tried again"));
  };
  let partitionTimer: NodeJS.Timeout | null = null;

  return {
    server,
    sessions: () => book.size,
    listen: async (port, host) => {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, host, backlog: 4096 }, resolve);
      });
      // Without the worker there would be nowhere to write after a day.
      preparePartitions();
      partitionTimer = setInterval(preparePartitions, PARTITIONS_EVERY_MS).unref();
      listener.start();
      book.start(() => links.sweep(Date.now()));
    },
    writeStates: () => states.flush(),
    stop: async () => {
      admission.close();
      if (partitionTimer) clearInterval(partitionTimer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      book.pause();
      await Promise.all([...Object.values(queues).map((queue) => queue.drain()), listener.stop()]);
      book.close();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
      book.terminate();
      server.closeAllConnections();
      await states.stop();
    },
  };
}

async function answerReady({ pool }: Database, response: ServerResponse): Promise<void> {
  try {
    await pool.query("select 1");
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
  if (error instanceof BodyError || error instanceof MessageError) {
    answerError(response, error.code, error.message);
    return;
  }
  const requestId = randomUUID();
  log.error({ requestId, path: request.url, err: error }, "request failed");
  answerError(response, "unavailable", "This request could not be stored; try again", { requestId });
}
