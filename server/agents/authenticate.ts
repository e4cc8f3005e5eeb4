import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { SequenceHeader, SIGNATURE_HEADERS, signedText } from "@/contract/agents";
import { type Hello, type Refusal, sessionText } from "@/contract/session";
import type { AgentDirectory, KnownAgent } from "./agent-directory";

/** An agent that proved for the request or session at hand who it is, and that may speak. */
export type Proof = {
  agent: KnownAgent;
  /** The edge's clock when it spoke. */
  sentAt: Date;
};
export type RequestProof = Proof & {
  /** Of the agent's process, and how far it was. */
  epoch: number;
  sequence: number;
};

/** Words for agents that may not speak; a 401 is only for what is known to be bad. */
export const REFUSALS = {
  agent_unknown: { code: "agent_unknown", message: "No agent has this key id; enrol again" },
  agent_revoked: { code: "agent_revoked", message: "This agent was revoked in the console" },
  agent_waiting: { code: "agent_waiting", message: "This agent waits for approval in the console" },
} as const satisfies Record<string, Refusal>;

const SignatureHeaders = z.object({
  [SIGNATURE_HEADERS.keyId]: z.uuid(),
  [SIGNATURE_HEADERS.sequence]: SequenceHeader,
  [SIGNATURE_HEADERS.time]: z.iso.datetime(),
  [SIGNATURE_HEADERS.signature]: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});

/** DER frame of an Ed25519 public key (RFC 8410, section 4); the 32 raw bytes follow. */
const ED25519_DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** Keys that were read, by their bytes: to read one costs as much as to verify with it. The oldest leave first. */
const keys = new Map<string, KeyObject>();
const KEYS_MAX = 10_000;

function keyOf(publicKey: Buffer): KeyObject {
  const name = publicKey.toString("latin1");
  const known = keys.get(name);
  if (known) return known;
  const key = createPublicKey({ key: Buffer.concat([ED25519_DER_PREFIX, publicKey]), format: "der", type: "spki" });
  const [oldest] = keys.keys();
  if (keys.size >= KEYS_MAX && oldest !== undefined) keys.delete(oldest);
  keys.set(name, key);
  return key;
}

/** True when `signature` (base64url) over `text` was made with the private half of `publicKey` (32 raw bytes). */
export function isSignedBy(publicKey: Buffer, text: string, signature: string): boolean {
  return verify(null, Buffer.from(text, "utf8"), keyOf(publicKey), Buffer.from(signature, "base64url"));
}

/**
 * Finds who speaks by the signature alone. The clock of the edge is not judged (edge clocks are wrong); a replay can
 * only repeat what is stored already.
 *
 * @param body the bytes as sent
 * @throws whatever the database throws: the caller answers 503 then, never 401, because a 401 stops a sender
 */
export async function authenticateRequest(
  directory: AgentDirectory,
  request: { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer },
): Promise<RequestProof | Refusal> {
  const parsed = SignatureHeaders.safeParse(request.headers);
  if (!parsed.success) {
    const field = String(parsed.error.issues[0]?.path[0] ?? "");
    return { code: "signature_invalid", message: `Header ${field} is missing or malformed` };
  }
  const headers = parsed.data;
  const sequence = headers[SIGNATURE_HEADERS.sequence];
  const time = headers[SIGNATURE_HEADERS.time];
  const keyId = headers[SIGNATURE_HEADERS.keyId];
  const text = signedText({
    method: request.method,
    path: request.path,
    keyId,
    sequence,
    time,
    bodySha256: createHash("sha256").update(request.body).digest("hex"),
  });
  const signed = { keyId, text, signature: headers[SIGNATURE_HEADERS.signature], time };
  const proof = await authenticate(directory, signed);
  if ("code" in proof) return proof;
  const [epoch = 0, newest = 0] = sequence.split(".").map(Number);
  return { ...proof, epoch, sequence: newest };
}

/** The same for the first word of a session, which signs the challenge. @throws as `authenticateRequest` */
export function authenticateHello(
  directory: AgentDirectory,
  hello: Hello,
  challenge: string,
): Promise<Proof | Refusal> {
  const { keyId, signature, time } = hello;
  return authenticate(directory, { keyId, signature, time, text: sessionText({ ...hello, challenge }) });
}

async function authenticate(
  directory: AgentDirectory,
  signed: { keyId: string; text: string; signature: string; time: string },
): Promise<Proof | Refusal> {
  const agent = await directory.find(signed.keyId);
  if (!agent) return REFUSALS.agent_unknown;
  if (!isSignedBy(agent.publicKey, signed.text, signed.signature)) {
    return { code: "signature_invalid", message: "The signature does not fit this key and what was said" };
  }
  if (agent.status === "revoked") return REFUSALS.agent_revoked;
  if (agent.status === "waiting") return REFUSALS.agent_waiting;
  return { agent, sentAt: new Date(signed.time) };
}
