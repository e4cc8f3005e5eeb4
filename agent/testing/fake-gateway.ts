import { createHash, createPublicKey, randomUUID, verify } from "node:crypto";
import {
  createServer as createHttp,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { EnrolAnswer, EnrolRequest, SIGNATURE_HEADERS, signedText } from "@/contract/agents";
import { GATEWAY_PATHS, type GatewayErrorCode, PushBatch } from "@/contract/telemetry";

type ReceivedPush = { batch: PushBatch; body: Buffer; headers: IncomingHttpHeaders; isSignatureValid: boolean };

/** What the gateway does with the next push; `hang` takes it and never answers, `cut` closes the connection. */
export type Reaction = "store" | Deviation;

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
  readonly pushes: ReceivedPush[] = [];
  readonly enrolments: EnrolRequest[] = [];
  /** Taken one by one; afterwards every push is stored. */
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

  /** @param tls makes it an https gateway */
  constructor(tls: { key: string; cert: string } | null = null) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#scheme = tls ? "https" : "http";
    this.#server = tls ? createHttps(tls, listener) : createHttp(listener);
  }

  get url(): string {
    return this.#url;
  }

  /** Batches that were acknowledged, as `epoch.sequence`, repetitions included. */
  readonly stored: string[] = [];

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.#url = `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
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

  #push(headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): void {
    const batch = PushBatch.parse(JSON.parse(gunzipSync(body).toString("utf8")));
    this.pushes.push({ batch, body, headers, isSignatureValid: this.#isSignatureValid(headers, body) });
    const reaction = this.reactions.shift() ?? "store";
    if (reaction !== "store") {
      react(response, reaction);
      return;
    }
    const { epoch, sequence } = batch;
    const name = `${epoch}.${sequence}`;
    const duplicate = this.stored.includes(name);
    this.stored.push(name);
    const { intervalSeconds } = this;
    const ignored = { entities: 0, readings: 0 };
    react(response, { status: 200, body: { acknowledged: { epoch, sequence }, duplicate, intervalSeconds, ignored } });
  }

  #isSignatureValid(headers: IncomingHttpHeaders, body: Buffer): boolean {
    const header = (name: keyof typeof SIGNATURE_HEADERS) => String(headers[SIGNATURE_HEADERS[name]]);
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: this.publicKey }, format: "jwk" });
    const text = signedText({
      method: "POST",
      path: GATEWAY_PATHS.push,
      keyId: header("keyId"),
      sequence: header("sequence"),
      time: header("time"),
      bodySha256: createHash("sha256").update(body).digest("hex"),
    });
    return verify(null, Buffer.from(text), key, Buffer.from(header("signature"), "base64url"));
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
