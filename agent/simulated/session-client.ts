import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { deflateRawSync } from "node:zlib";
import { WebSocket } from "ws";
import { type Dictionary, dictionaryText } from "@/contract/codec/layout";
import {
  type AgentMessage,
  DICTIONARY_HASH_BYTES,
  decodeAnswer,
  encodeMessage,
  type GatewayAnswer,
} from "@/contract/messages";
import {
  type AgentSettings,
  Challenge,
  GatewayWord,
  Refusal,
  SESSION_PATH,
  SESSION_PROTOCOL,
  sessionText,
} from "@/contract/session";
import { type Speaker, signText } from "./fleet-agent";

/** The gateway said no, or went away before it said yes. */
export class SessionRefused extends Error {
  override readonly name = "SessionRefused";
  constructor(
    message: string,
    readonly refusal: Refusal | null,
  ) {
    super(message);
  }
}

type MessageWithoutId = AgentMessage extends infer M ? (M extends AgentMessage ? Omit<M, "id"> : never) : never;

export type SessionPlan = {
  gatewayUrl: string;
  agent: Speaker;
  epoch: number;
  /** Of the agent, as it says in its first word. */
  version?: string;
  timeoutMilliseconds?: number;
  /** Masks with noughts, which is not to mask at all: only for senders whose own work must not count, on one machine. */
  isUnmasked?: boolean;
};

/** The name of a dictionary in key frames and backlog frames. */
export function dictionaryHash(dictionary: Dictionary): Uint8Array {
  return createHash("sha256").update(dictionaryText(dictionary)).digest().subarray(0, DICTIONARY_HASH_BYTES);
}

export function dictionaryPayload(dictionary: Dictionary): Uint8Array {
  return deflateRawSync(dictionaryText(dictionary));
}

/** One agent's session with the real gateway, as thin as can be: no spool, no clock, no repetition. */
export class SessionClient {
  readonly settings: AgentSettings;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: GatewayAnswer) => void>();
  /** Called once when the connection is gone; what waits for an answer never gets one. */
  onClosed: () => void = () => {};
  #nextId = 1;

  private constructor(socket: WebSocket, settings: AgentSettings) {
    this.#socket = socket;
    this.settings = settings;
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.#settle(decodeAnswer(data));
    });
    socket.on("close", () => this.onClosed());
  }

  /** @throws SessionRefused */
  static open(plan: SessionPlan): Promise<SessionClient> {
    const { gatewayUrl, agent, epoch, version = "bench", timeoutMilliseconds = 60_000, isUnmasked = false } = plan;
    const url = gatewayUrl.replace(/^http/, "ws") + SESSION_PATH;
    const socket = new WebSocket(url, SESSION_PROTOCOL, {
      perMessageDeflate: false,
      handshakeTimeout: timeoutMilliseconds,
      skipUTF8Validation: true,
      ...(isUnmasked ? { generateMask: (mask: Buffer) => mask.fill(0) } : {}),
    });
    return new Promise((resolve, reject) => {
      const fail = (message: string, refusal: Refusal | null = null) => {
        clearTimeout(deadline);
        socket.removeAllListeners();
        socket.on("error", () => {});
        socket.terminate();
        reject(new SessionRefused(message, refusal));
      };
      const deadline = setTimeout(() => fail("no welcome in time"), timeoutMilliseconds);
      socket.on("error", (error) => fail(error.message));
      socket.on("close", () => fail("closed before the welcome"));
      socket.on("unexpected-response", (_request, response) => {
        const retryAfterSeconds = Number(response.headers["retry-after"] ?? Number.NaN);
        const refusal = Number.isNaN(retryAfterSeconds)
          ? null
          : Refusal.parse({ code: "unavailable", message: `HTTP ${response.statusCode}`, retryAfterSeconds });
        response.resume();
        fail(`HTTP ${response.statusCode}`, refusal);
      });
      socket.on("message", (data: Buffer) => {
        const word: unknown = JSON.parse(data.toString("utf8"));
        const challenge = Challenge.safeParse(word);
        if (challenge.success) {
          const time = new Date().toISOString();
          const said = { keyId: agent.id, epoch, time };
          const text = sessionText({ ...said, challenge: challenge.data.challenge });
          const hello = { ...said, version, bootId: null, signature: signText(agent, text) };
          socket.send(JSON.stringify({ hello }));
          return;
        }
        const answer = GatewayWord.parse(word);
        if ("error" in answer) return fail(answer.error.message, answer.error);
        if (!("welcome" in answer)) return;
        clearTimeout(deadline);
        socket.removeAllListeners("message").removeAllListeners("close").removeAllListeners("error");
        socket.on("error", () => {});
        resolve(new SessionClient(socket, answer.welcome.settings));
      });
    });
  }

  /** Resolves with the gateway's answer to this message. */
  send(message: MessageWithoutId): Promise<GatewayAnswer> {
    return new Promise((resolve) => this.post(message, resolve));
  }

  /** The same without a promise, for many thousand messages a second. @returns the message's bytes */
  post(message: MessageWithoutId, onAnswer: (answer: GatewayAnswer) => void): number {
    const id = this.#nextId++;
    const bytes = encodeMessage({ ...message, id } as AgentMessage);
    if (message.type !== "dictionary") this.#waiting.set(id, onAnswer);
    this.#socket.send(bytes);
    return bytes.length;
  }

  /** Bytes of the TCP stream both ways so far, with all framing. */
  get streamBytes(): number {
    const socket = (this.#socket as unknown as { _socket: Socket | null })._socket;
    return socket ? socket.bytesWritten + socket.bytesRead : 0;
  }

  close(): void {
    this.#socket.terminate();
  }

  #settle(answer: GatewayAnswer): void {
    for (const id of answer.type === "acknowledged" ? answer.ids : [answer.id]) {
      const settle = this.#waiting.get(id);
      this.#waiting.delete(id);
      settle?.(answer);
    }
  }
}
