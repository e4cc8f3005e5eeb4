import { sign } from "node:crypto";
import { WebSocket } from "ws";
import type { Block } from "@/contract/codec/block";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { type AgentMessage, decodeAnswer, encodeMessage, type GatewayAnswer } from "@/contract/messages";
import {
  type AgentSettings,
  Challenge,
  GatewayWord,
  type Refusal,
  SESSION_PATH,
  SESSION_PROTOCOL,
  sessionText,
} from "@/contract/session";
import { dictionaryHash } from "@/server/telemetry/inbox";
import { dictionaryMessage, type UnnumberedMessage } from "./batches";
import type { Edge, Gateway } from "./edge";
import { until } from "./until";

/** What the hello says instead of what is right. */
export type HelloChange = { epoch?: number; bootId?: string | null; time?: string; signer?: Edge; keyId?: string };

/** A session as an agent has it, without spool or repetition. */
export class TestSession {
  /** Everything that was said in text after the challenge. */
  readonly words: GatewayWord[] = [];
  readonly answers: GatewayAnswer[] = [];
  settings: AgentSettings | null = null;
  refusal: Refusal | null = null;
  closed: { code: number; reason: string } | null = null;
  readonly socket: WebSocket;
  readonly epoch: number;
  #nextId = 1;
  #sequence = 0;
  #live: { state: SessionState; isKey: boolean } | null = null;

  constructor(gateway: Gateway, edge: Edge, change: HelloChange = {}) {
    this.epoch = change.epoch ?? 1;
    this.socket = new WebSocket(gateway.url.replace(/^http/, "ws") + SESSION_PATH, SESSION_PROTOCOL, {
      perMessageDeflate: false,
    });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.answers.push(decodeAnswer(data));
      else this.#hear(JSON.parse(data.toString("utf8")), edge, change);
    });
    this.socket.on("error", () => {});
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString("utf8") };
    });
  }

  get acknowledged(): number[] {
    return this.answers.flatMap((answer) => (answer.type === "acknowledged" ? answer.ids : []));
  }

  #hear(word: unknown, edge: Edge, change: HelloChange): void {
    const challenge = Challenge.safeParse(word).data?.challenge;
    if (challenge) {
      const { bootId = null, time = new Date().toISOString(), signer = edge, keyId = edge.agentId } = change;
      const said = { keyId, epoch: this.epoch, time };
      const text = sessionText({ ...said, challenge });
      const signature = sign(null, Buffer.from(text, "utf8"), signer.privateKey).toString("base64url");
      this.socket.send(JSON.stringify({ hello: { ...said, version: "0.1.0", bootId, signature } }));
      return;
    }
    const heard = GatewayWord.parse(word);
    this.words.push(heard);
    if ("welcome" in heard) this.settings = heard.welcome.settings;
    else if ("settings" in heard) this.settings = heard.settings;
    else this.refusal = heard.error;
  }

  /** Sends and does not wait. @returns its id */
  post(message: UnnumberedMessage): number {
    const id = this.#nextId++;
    this.socket.send(encodeMessage({ ...message, id } as AgentMessage));
    return id;
  }

  /** The answer to a message that was posted. */
  answerTo(id: number): Promise<GatewayAnswer> {
    return until(`message ${id} is answered`, () =>
      this.answers.find((answer) => (answer.type === "acknowledged" ? answer.ids.includes(id) : answer.id === id)),
    );
  }

  send(message: UnnumberedMessage): Promise<GatewayAnswer> {
    return this.answerTo(this.post(message));
  }

  /** Sends a block as a live frame, after its dictionary where that was not told yet. @returns its id */
  postLive(block: Block, sequence = this.#sequence + 1): number {
    if (this.#live?.state.layout !== block.layout) {
      this.post(dictionaryMessage(block.layout.entries));
      this.#live = { state: new SessionState(block.layout), isKey: true };
    }
    this.#sequence = sequence;
    const { state, isKey } = this.#live;
    this.#live.isKey = false;
    const hash = isKey ? dictionaryHash(block.layout.entries) : null;
    return this.post({ type: "live", sequence, hash, frame: encodeFrame(block, state) });
  }

  sendLive(block: Block, sequence?: number): Promise<GatewayAnswer> {
    return this.answerTo(this.postLive(block, sequence));
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await until("the session is closed", () => this.closed !== null);
  }
}

/** A session that was welcomed. @throws Error with the refusal */
export async function openSession(gateway: Gateway, edge: Edge, change: HelloChange = {}): Promise<TestSession> {
  const session = new TestSession(gateway, edge, change);
  await until("the session is opened", () => session.settings || session.refusal || session.closed);
  if (!session.settings) throw new Error(`no session: ${JSON.stringify(session.refusal ?? session.closed)}`);
  return session;
}
