import { createHash, createPublicKey, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { eq } from "drizzle-orm";
import { z } from "zod";
import { type AgentStatus, SequenceHeader, SIGNATURE_HEADERS, signedText } from "@/contract/agents";
import type { GatewayErrorCode } from "@/contract/telemetry";
import { type Database, withTenant } from "@/db/client";
import { agents } from "@/db/schema/agents";

/** An agent whose signature was checked for the request at hand. */
export type ProvenAgent = { id: string; orgId: string; siteId: string; status: AgentStatus };

export type Proof = { agent: ProvenAgent; sequence: string; sentAt: Date };
export type Refusal = { refused: GatewayErrorCode; message: string };

const SignatureHeaders = z.object({
  [SIGNATURE_HEADERS.keyId]: z.uuid(),
  [SIGNATURE_HEADERS.sequence]: SequenceHeader,
  [SIGNATURE_HEADERS.time]: z.iso.datetime(),
  [SIGNATURE_HEADERS.signature]: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});

/** DER frame of an Ed25519 public key (RFC 8410, section 4); the 32 raw bytes follow. */
const ED25519_DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** True when `signature` (base64url) over `text` was made with the private half of `publicKey` (32 raw bytes). */
export function isSignedBy(publicKey: Buffer, text: string, signature: string): boolean {
  const key = createPublicKey({ key: Buffer.concat([ED25519_DER_PREFIX, publicKey]), format: "der", type: "spki" });
  return verify(null, Buffer.from(text, "utf8"), key, Buffer.from(signature, "base64url"));
}

/**
 * Finds who speaks by the signature alone. The clock of the edge is not judged (edge clocks are wrong); a replay can
 * only repeat a batch that is stored already. An unknown key and a wrong signature look alike in time and effect.
 *
 * @param body the bytes as sent, before decompression
 * @throws whatever the database throws: the caller answers 503 then, never 401, because a 401 stops a sender
 */
export async function authenticateAgent(
  database: Database,
  request: { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer },
): Promise<Proof | Refusal> {
  const parsed = SignatureHeaders.safeParse(request.headers);
  if (!parsed.success) {
    const field = String(parsed.error.issues[0]?.path[0] ?? "");
    return { refused: "signature_invalid", message: `Header ${field} is missing or malformed` };
  }
  const headers = parsed.data;
  const keyId = headers[SIGNATURE_HEADERS.keyId];
  const agent = await withTenant(database, { known: keyId }, async (tx) => {
    const [row] = await tx
      .select({
        id: agents.id,
        orgId: agents.orgId,
        siteId: agents.siteId,
        status: agents.status,
        publicKey: agents.publicKey,
      })
      .from(agents)
      .where(eq(agents.id, keyId));
    return row;
  });
  if (!agent) return { refused: "agent_unknown", message: "No agent has this key id; enrol again" };
  const text = signedText({
    method: request.method,
    path: request.path,
    keyId,
    sequence: headers[SIGNATURE_HEADERS.sequence],
    time: headers[SIGNATURE_HEADERS.time],
    bodySha256: createHash("sha256").update(request.body).digest("hex"),
  });
  if (!isSignedBy(agent.publicKey, text, headers[SIGNATURE_HEADERS.signature])) {
    return { refused: "signature_invalid", message: "The signature does not fit this request and key" };
  }
  if (agent.status === "revoked") return { refused: "agent_revoked", message: "This agent was revoked in the console" };
  if (agent.status === "waiting")
    return { refused: "agent_waiting", message: "This agent waits for approval in the console" };
  const { publicKey: _, ...proven } = agent;
  return {
    agent: proven,
    sequence: headers[SIGNATURE_HEADERS.sequence],
    sentAt: new Date(headers[SIGNATURE_HEADERS.time]),
  };
}
