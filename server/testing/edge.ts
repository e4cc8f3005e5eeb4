import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { type EnrolAnswer, type EnrolRequest, SIGNATURE_HEADERS, signedText } from "@/contract/agents";
import { type AgentMessage, encodeMessage, joinMessages } from "@/contract/messages";
import { MESSAGES_TYPE, type MessagesAnswer } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import type { Database } from "@/db/client";
import { createGateway, type GatewayOptions } from "@/server/gateway/server";
import { messagesOf, type TestBatch, type UnnumberedMessage } from "./batches";

export type Gateway = {
  url: string;
  port: number;
  /** Sessions that are open. */
  sessions(): number;
  /** Waits until the newest readings of all that was acknowledged are written as the current state. */
  writeStates(): Promise<void>;
  close(): Promise<void>;
};

/** The real gateway on a free port of the loopback address. Frames hardly wait for each other. */
export async function startGateway(
  database: Database,
  intervalSeconds = 60,
  change: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const options = { database, intervalSeconds, lingerMs: 5, ...change };
  const gateway = createGateway(options, pino({ level: "silent" }));
  await gateway.listen(0, "127.0.0.1");
  const { port } = gateway.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    sessions: gateway.sessions,
    writeStates: gateway.writeStates,
    close: gateway.stop,
  };
}

export type GatewayReply<Body = unknown> = { status: number; headers: IncomingHttpHeaders; body: Body };

/**
 * One request over a connection of its own. A body in several parts goes out chunked, without content-length.
 * An answer that comes before the body was sent counts as the answer.
 */
export function requestGateway<Body>(
  gateway: Gateway,
  request: { method?: string; path: string; headers?: Record<string, string>; body?: Buffer | Buffer[] },
): Promise<GatewayReply<Body>> {
  return new Promise((resolve, reject) => {
    const isChunked = Array.isArray(request.body);
    const parts = request.body === undefined ? [] : [request.body].flat();
    const outgoing = httpRequest(`${gateway.url}${request.path}`, {
      method: request.method ?? "POST",
      agent: false,
      headers: {
        ...(isChunked || parts.length === 0 ? {} : { "content-length": String(parts[0]?.length ?? 0) }),
        ...request.headers,
      },
    });
    let isAnswered = false;
    outgoing.on("response", (response) => {
      isAnswered = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) as Body });
      });
    });
    outgoing.on("error", (error) => {
      if (!isAnswered) reject(error);
    });
    for (const part of parts) outgoing.write(part);
    outgoing.end();
  });
}

/** An agent that only pretends: its key is real, its machine is not. The same name gives the same key. */
export type Edge = {
  name: string;
  privateKey: KeyObject;
  publicKey: string;
  systemUuid: string | null;
  agentId: string;
};

/** DER frame of an Ed25519 private key (RFC 8410, section 7); the 32-byte seed follows. */
const ED25519_PRIVATE_DER_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

const digest = (text: string | Buffer) => createHash("sha256").update(text).digest();

/** A system UUID that follows from a name. */
export function uuidOf(name: string): string {
  const hex = digest(name).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** An edge that is not enrolled yet. Without `systemUuid` it has one of its own; null = firmware gives none. */
export function createEdge(name: string, systemUuid: string | null = uuidOf(name)): Edge {
  const der = Buffer.concat([ED25519_PRIVATE_DER_PREFIX, digest(`key of ${name}`)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "jwk" }).x ?? "";
  return { name, privateKey, publicKey, systemUuid, agentId: "" };
}

export type Refused = { error: { code: string; message: string; requestId?: string } };

/** `POST /v1/agents/enrol` with whatever is given instead of what is right. */
export function requestEnrolment(
  gateway: Gateway,
  token: string,
  edge: Edge,
  change: Partial<EnrolRequest> = {},
): Promise<GatewayReply<EnrolAnswer & Refused>> {
  const body: EnrolRequest = {
    token,
    publicKey: edge.publicKey,
    hostname: edge.name,
    agentVersion: "0.1.0",
    platform: "linux/x64",
    systemUuid: edge.systemUuid,
    systemSerial: null,
    ...change,
  };
  return requestGateway(gateway, {
    path: GATEWAY_PATHS.enrol,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body)),
  });
}

/** An edge that the gateway took in. */
export async function enrolEdge(
  gateway: Gateway,
  token: string,
  edge: Edge,
  change: Partial<EnrolRequest> = {},
): Promise<Edge> {
  const reply = await requestEnrolment(gateway, token, edge, change);
  if (reply.status !== 201) throw new Error(`${edge.name} was not enrolled: ${JSON.stringify(reply.body)}`);
  return { ...edge, agentId: reply.body.agentId };
}

/** The headers that prove who sends `body`. */
export function signatureHeaders(edge: Edge, sequence: string, time: string, body: Buffer): Record<string, string> {
  const text = signedText({
    method: "POST",
    path: GATEWAY_PATHS.push,
    keyId: edge.agentId,
    sequence,
    time,
    bodySha256: digest(body).toString("hex"),
  });
  return {
    [SIGNATURE_HEADERS.keyId]: edge.agentId,
    [SIGNATURE_HEADERS.sequence]: sequence,
    [SIGNATURE_HEADERS.time]: time,
    [SIGNATURE_HEADERS.signature]: sign(null, Buffer.from(text, "utf8"), edge.privateKey).toString("base64url"),
  };
}

export type PushReply = MessagesAnswer & Refused;

/** What is sent instead of what is right. */
export type PostChange = {
  epoch?: number;
  sequence?: number;
  /** Edge's clock. */
  time?: string;
  headers?: Record<string, string>;
  body?: Buffer | Buffer[];
};

/** Signs messages and sends them in one request; their ids count from 1. */
export function postMessages(
  gateway: Gateway,
  edge: Edge,
  messages: readonly UnnumberedMessage[],
  change: PostChange = {},
): Promise<GatewayReply<PushReply>> {
  const { epoch = 1, sequence = 1, time = new Date().toISOString() } = change;
  const numbered = messages.map((message, at) => encodeMessage({ ...message, id: at + 1 } as AgentMessage));
  const body = Buffer.from(joinMessages(numbered));
  return requestGateway(gateway, {
    path: GATEWAY_PATHS.push,
    headers: {
      "content-type": MESSAGES_TYPE,
      ...signatureHeaders(edge, `${epoch}.${sequence}`, time, body),
      ...change.headers,
    },
    body: change.body ?? body,
  });
}

/** Everything of one batch in one request: dictionary, frame, and its report. */
export function pushBatch(gateway: Gateway, edge: Edge, batch: TestBatch): Promise<GatewayReply<PushReply>> {
  return postMessages(gateway, edge, messagesOf(batch), { epoch: batch.epoch, sequence: batch.sequence });
}
