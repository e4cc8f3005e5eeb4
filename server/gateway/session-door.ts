import { randomBytes } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type GatewayWord,
  type Hello,
  HelloMessage,
  MESSAGE_BYTES_MAX,
  type Refusal,
  SESSION_PATH,
  SESSION_PROTOCOL,
} from "@/contract/session";
import type { AgentDirectory } from "@/server/agents/agent-directory";
import { authenticateHello, REFUSALS } from "@/server/agents/authenticate";
import { agentSettings } from "@/server/telemetry/link-settings";
import type { Admission } from "./admission";
import type { AgentLinks } from "./agent-links";
import { retryAfterSeconds, STATUS_OF } from "./answer";
import type { MessageIntake } from "./message-intake";
import { Session } from "./session";
import type { SessionBook } from "./session-book";
import type { SessionNotes } from "./session-notes";

export type SessionDoorParts = {
  admission: Admission;
  directory: AgentDirectory;
  links: AgentLinks;
  notes: SessionNotes;
  book: SessionBook;
  intake: MessageIntake;
  intervalSeconds: number;
  log: Logger;
};

/** Who says nothing for so long after the challenge is let go. */
const HELLO_MS = 10_000;
const HELLO_BYTES_MAX = 4096;
/** A message that is too large is read all the same, so that its sender can be told which one it was. */
const PAYLOAD_BYTES_MAX = 2 * MESSAGE_BYTES_MAX;
const CLOSE_CODE_BASE = 4000;

/** `GET /v1/agents/session`: upgrades, lets agents prove who they are, and gives them their session. */
export class SessionDoor {
  readonly #parts: SessionDoorParts;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: PAYLOAD_BYTES_MAX,
    handleProtocols: () => SESSION_PROTOCOL,
  });

  constructor(parts: SessionDoorParts) {
    this.#parts = parts;
  }

  /** For the `upgrade` event of the HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    // The path as it was sent: an absolute address is for proxies, and this is none.
    const protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (request.url !== SESSION_PATH || !protocols.includes(SESSION_PROTOCOL)) {
      refuseUpgrade(socket, request.url === SESSION_PATH ? 400 : 404);
      return;
    }
    const { admission } = this.#parts;
    const waitSeconds = admission.enterConnection();
    if (waitSeconds !== null) {
      refuseUpgrade(socket, 503, waitSeconds);
      return;
    }
    let isShaking = true;
    const endHandshake = () => {
      if (isShaking) admission.endHandshake();
      isShaking = false;
    };
    socket.once("close", () => {
      endHandshake();
      admission.leaveConnection();
    });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#greet(webSocket, endHandshake));
  }

  #greet(socket: WebSocket, endHandshake: () => void): void {
    socket.on("error", () => socket.terminate());
    const challenge = randomBytes(32).toString("base64url");
    const deadline = setTimeout(() => socket.terminate(), HELLO_MS);
    socket.once("message", (data: Buffer, isBinary: boolean) => {
      // Until the agent is known, whatever it says next waits in its own buffers.
      socket.pause();
      this.#open(socket, challenge, isBinary ? null : helloOf(data))
        .catch((error: unknown) => {
          this.#parts.log.error({ err: error }, "a session could not be opened");
          const message = "The session could not be opened; try again";
          refuse(socket, { code: "unavailable", message, retryAfterSeconds: retryAfterSeconds() });
        })
        .finally(() => {
          clearTimeout(deadline);
          endHandshake();
          socket.resume();
        });
    });
    socket.once("close", () => clearTimeout(deadline));
    socket.send(JSON.stringify({ challenge, time: new Date().toISOString() }));
  }

  async #open(socket: WebSocket, challenge: string, hello: Hello | null): Promise<void> {
    if (!hello) return refuse(socket, { code: "malformed", message: "Expected a hello" });
    const receivedAt = Date.now();
    const { directory, notes, links, book, intake, intervalSeconds, log } = this.#parts;
    const proof = await authenticateHello(directory, hello, challenge);
    if ("code" in proof) return refuse(socket, proof);
    const { agent, sentAt } = proof;
    const { epoch, bootId } = hello;
    const verdict = await notes.note(agent.orgId, { agentId: agent.id, epoch, bootId });
    if (verdict === "waits") return refuse(socket, REFUSALS.agent_waiting);
    if (verdict === "refused") return refuse(socket, REFUSALS.agent_revoked);
    // It may have gone while it was looked up.
    if (socket.readyState !== socket.OPEN) return;
    const link = links.open(agent, receivedAt);
    link.clockOffsetSeconds = (receivedAt - sentAt.getTime()) / 1000;
    const session = new Session(socket, { link, epoch, bootId }, { intake, log });
    book.add(session);
    socket.once("close", () => book.remove(session));
    session.welcome(agentSettings(agent.link, intervalSeconds));
  }
}

function helloOf(data: Buffer): Hello | null {
  if (data.length > HELLO_BYTES_MAX) return null;
  try {
    return HelloMessage.safeParse(JSON.parse(data.toString("utf8"))).data?.hello ?? null;
  } catch {
    return null;
  }
}

function refuse(socket: WebSocket, error: Refusal): void {
  if (socket.readyState !== socket.OPEN) return;
  const word: GatewayWord = { error };
  socket.send(JSON.stringify(word));
  socket.close(CLOSE_CODE_BASE + STATUS_OF[error.code], error.code);
}

/** The plain HTTP answer to an upgrade that is not made. */
function refuseUpgrade(socket: Duplex, status: number, afterSeconds?: number): void {
  const retryAfter = afterSeconds === undefined ? "" : `retry-after: ${afterSeconds}\r\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n${retryAfter}\r\n`,
  );
}
