import { createHash, randomBytes, randomUUID } from "node:crypto";

const TOKEN = /^fbk_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

export type ApiToken = { id: string; token: string; secretHash: Buffer };

/** What is stored of a secret: SHA-256 is enough for 256 random bits, a slow hash is for passwords. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** A new token `fbk_<id>_<secret>`: prefixed so that secret scanners know it, 32 random bytes that nothing derives. */
export function makeApiToken(): ApiToken {
  const id = randomUUID();
  const secret = randomBytes(32).toString("base64url");
  return { id, token: `fbk_${id}_${secret}`, secretHash: hashSecret(secret) };
}

/** Id and secret of a token; null for what has not its form. */
export function parseApiToken(token: string): { id: string; secret: string } | null {
  const [, id, secret] = TOKEN.exec(token) ?? [];
  return id && secret ? { id, secret } : null;
}
