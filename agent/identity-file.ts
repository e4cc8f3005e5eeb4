import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { findJson, makePrivateFolder, writeDurably } from "./durable-file";

const Identity = z.object({
  /** Base address of the gateway, without a slash at its end. */
  gateway: z.url(),
  agentId: z.uuid(),
  organisation: z.string(),
  site: z.string(),
  /** PKCS#8, PEM. */
  privateKey: z.string().startsWith("-----BEGIN PRIVATE KEY-----"),
  /** Raw 32 bytes, base64url. */
  publicKey: z.string().length(43),
  enrolledAt: z.iso.datetime(),
});
/** Who this agent is: the one file that must not be lost, nor leave the machine. */
export type Identity = z.infer<typeof Identity>;

const PendingKey = z.object({
  gateway: z.string(),
  tokenSha256: z.string(),
  privateKey: z.string(),
  publicKey: z.string(),
});
/** A key that was made for an enrolment whose answer has not arrived yet. */
type PendingKey = z.infer<typeof PendingKey>;

const identityPath = (dataPath: string) => join(dataPath, "identity.json");
const pendingPath = (dataPath: string) => join(dataPath, "identity-pending.json");

/** @throws StateFileError, or the error of the file system */
export const findIdentity = (dataPath: string): Promise<Identity | null> => findJson(identityPath(dataPath), Identity);

export async function writeIdentity(dataPath: string, identity: Identity): Promise<void> {
  await writeDurably(identityPath(dataPath), `${JSON.stringify(identity, null, 2)}\n`);
  await deletePendingKey(dataPath);
}

/**
 * The key to enrol with, on disk before anybody is asked: when the answer gets lost, asking again with the same token
 * and key is the same enrolment. Another token or gateway gets another key.
 */
export async function preparePendingKey(dataPath: string, gateway: string, token: string): Promise<PendingKey> {
  await makePrivateFolder(dataPath);
  const tokenSha256 = createHash("sha256").update(token).digest("hex");
  const earlier = await findJson(pendingPath(dataPath), PendingKey).catch(() => null);
  if (earlier?.gateway === gateway && earlier.tokenSha256 === tokenSha256) return earlier;
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const pending = { gateway, tokenSha256, privateKey: pem, publicKey: publicKeyOf(pem) };
  await writeDurably(pendingPath(dataPath), `${JSON.stringify(pending, null, 2)}\n`);
  return pending;
}

export async function deletePendingKey(dataPath: string): Promise<void> {
  await rm(pendingPath(dataPath), { force: true });
}

/** Raw public half of a key, base64url without padding (RFC 8037, section 2). */
export function publicKeyOf(privateKeyPem: string): string {
  const { x } = createPublicKey(createPrivateKey(privateKeyPem)).export({ format: "jwk" });
  if (!x) throw new Error("expected an Ed25519 key");
  return x;
}
