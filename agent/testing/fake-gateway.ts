import { createHash, createPublicKey, randomBytes, randomUUID, verify } from "node:crypto";
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { inflateRawSync } from "node:zlib";
import { type WebSocket, WebSocketServer } from "ws";
import { EnrolAnswer, EnrolRequest, SIGNATURE_HEADERS, signedText } from "@/contract/agents";
import type { Block } from "@/contract/codec/block";
import { decodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, type DictionaryEntry, dictionaryText, type Layout } from "@/contract/codec/layout";
import {
  type AgentMessage,
  DICTIONARY_HASH_BYTES,
  decodeMessage,
  encodeAnswer,
  splitMessages,
} from "@/contract/messages";
import { type AgentSettings, HelloMessage, Report, sessionText } from "@/contract/session";
import { GATEWAY_PATHS, type GatewayErrorCode } from "@/contract/telemetry";

/** A frame as it came, decoded. */
type ReceivedFrame = { type: "live" | "backlog"; epoch: number; sequence: number; block: Block; isKey: boolean };

/** What the gateway does with the next frame: `hang` takes it and never answers, `cut` closes the connection. */
export type Reaction = "store" | "hang" | "cut";

type Deviation = "hang" | "cut" | { status: number; body?: unknown; headers?: Record<string, string> };

export const gatewayError = (
  status: number,
  code: GatewayErrorCode,
  headers: Record<string, string> = {},
): Deviation => ({
  status,
  body: { error: { code, message: `made up: ${code}` } },
  headers,
});

/** A gateway without a database: checks signatures, keeps what it gets, and answers as it is told. */
export class FakeGateway {
  readonly frames: ReceivedFrame[] = [];
  readonly reports: Report[] = [];
  /** Moments whose frames were acknowledged, repetitions included. */
  readonly stored: number[] = [];
  /** False once anything came with a signature that does not fit. */
  areSignaturesValid = true;
  /** As a proxy does that knows no WebSocket. */
  isUpgradeBlocked = false;
  httpRequests = 0;
  readonly enrolments: EnrolRequest[] = [];
  /** Taken one by one; afterwards every frame is stored. */
  readonly reactions: Reaction[] = [];
  /** Taken one by one; afterwards every enrolment is accepted. */
  readonly enrolReactions: Deviation[] = [];
  readonly agentId = randomUUID();
  intervalSeconds = 60;
  /** Raw public key, base64url; known after enrolment, or set by a test. */
  publicKey = "";
  #url = "";
  readonly #scheme: "http" | "https";
  readonly #server: ReturnType<typeof createHttp>;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #layouts = new Map<string, Layout>();

  /** @param tls makes it an https gateway */
  constructor(tls: { key: string; cert: string } | null = null) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#scheme = tls ? "https" : "http";
    this.#server = tls ? createHttps(tls, listener) : createHttp(listener);
    this.#server.on("upgrade", (request, socket, head) => {
      if (this.isUpgradeBlocked) socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      else this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#greet(opened));
    });
  }

  get url(): string {
    return this.#url;
  }

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.#url = `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url === GATEWAY_PATHS.enrol) this.#enrol(body, response);
    else this.#push(request.headers, body, response);
  }

  #enrol(body: Buffer, response: ServerResponse): void {
    const enrolment = EnrolRequest.parse(JSON.parse(body.toString("utf8")));
    this.enrolments.push(enrolment);
    this.publicKey = enrolment.publicKey;
    const accepted: EnrolAnswer = EnrolAnswer.parse({
      agentId: this.agentId,
      organisation: "Example Org",
      site: "Example Site",
      status: "active",
      intervalSeconds: this.intervalSeconds,
    });
    react(response, this.enrolReactions.shift() ?? { status: 201, body: accepted });
  }

  get #settings(): AgentSettings {
    const { intervalSeconds } = this;
    return { intervalSeconds, batchSeconds: intervalSeconds, profile: "full", budget: null };
  }

  #greet(socket: WebSocket): void {
    const challenge = randomBytes(32).toString("base64url");
    let epoch = 0;
    let state: SessionState | null = null;
    socket.on("error", () => {});
    socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) {
        const { hello } = HelloMessage.parse(JSON.parse(data.toString("utf8")));
        epoch = hello.epoch;
        const isValid = this.#verify(sessionText({ ...hello, challenge }), hello.signature);
        this.areSignaturesValid &&= isValid && hello.keyId === this.agentId;
        socket.send(JSON.stringify({ welcome: { time: new Date().toISOString(), settings: this.#settings } }));
        return;
      }
      const message = decodeMessage(data);
      if (message.type === "live" && message.hash) state = new SessionState(this.#layoutOf(message.hash));
      const reaction = this.#take(message, epoch, state);
      if (reaction === "store") socket.send(encodeAnswer({ type: "acknowledged", ids: [message.id] }));
      if (reaction === "cut") socket.terminate();
    });
    socket.send(JSON.stringify({ challenge, time: new Date().toISOString() }));
  }

  #push(headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): void {
    this.httpRequests += 1;
    this.areSignaturesValid &&= this.#isSignatureValid(headers, body);
    const messages = splitMessages(body).map(decodeMessage);
    const reactions = messages.map((message) => this.#take(message, 0, null));
    if (reactions.includes("cut")) response.destroy();
    if (reactions.some((reaction) => reaction !== "store")) return;
    const results = messages.map(({ id }) => ({ id, verdict: "stored" }));
    react(response, { status: 200, body: { time: new Date().toISOString(), settings: this.#settings, results } });
  }

  #take(message: AgentMessage, epoch: number, state: SessionState | null): Reaction {
    if (message.type === "dictionary") {
      const told = JSON.parse(inflateRawSync(message.payload).toString("utf8")) as [DictionaryEntry["kind"], string][];
      const entries = told.map(([kind, key]) => ({ kind, key }));
      const hash = createHash("sha256").update(dictionaryText(entries)).digest().subarray(0, DICTIONARY_HASH_BYTES);
      this.#layouts.set(hash.toString("hex"), createLayout(entries));
      return "store";
    }
    if (message.type === "report") {
      this.reports.push(Report.parse(JSON.parse(inflateRawSync(message.payload).toString("utf8"))));
      return "store";
    }
    if (message.type === "inventory") return "store";
    const { type, sequence } = message;
    const layout = message.type === "backlog" ? this.#layoutOf(message.hash) : state?.layout;
    if (!layout) throw new Error("a live frame without a key");
    const block = decodeFrame(layout, message.frame, message.type === "live" ? (state ?? undefined) : undefined);
    const isKey = message.hash !== null;
    this.frames.push({ type, epoch: message.type === "backlog" ? message.epoch : epoch, sequence, block, isKey });
    const reaction = this.reactions.shift() ?? "store";
    if (reaction === "store") this.stored.push(...block.moments);
    return reaction;
  }

  #layoutOf(hash: Uint8Array): Layout {
    const layout = this.#layouts.get(Buffer.from(hash).toString("hex"));
    if (!layout) throw new Error("a frame came before its dictionary");
    return layout;
  }

  #verify(text: string, signature: string): boolean {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: this.publicKey }, format: "jwk" });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url"));
  }

  #isSignatureValid(headers: IncomingHttpHeaders, body: Buffer): boolean {
    const header = (name: keyof typeof SIGNATURE_HEADERS) => String(headers[SIGNATURE_HEADERS[name]]);
    const text = signedText({
      method: "POST",
      path: GATEWAY_PATHS.push,
      keyId: header("keyId"),
      sequence: header("sequence"),
      time: header("time"),
      bodySha256: createHash("sha256").update(body).digest("hex"),
    });
    return this.#verify(text, header("signature"));
  }
}

function react(response: ServerResponse, reaction: Deviation): void {
  if (reaction === "hang") return;
  if (reaction === "cut") {
    response.destroy();
    return;
  }
  response.writeHead(reaction.status, { "content-type": "application/json", ...reaction.headers });
  response.end(reaction.body === undefined ? "<html>made up</html>" : JSON.stringify(reaction.body));
}
