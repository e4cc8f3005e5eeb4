import { createHash, randomBytes } from "node:crypto";
import { JOIN_TOKEN_PREFIX } from "@/contract/agents";

/** 32 random bytes (256 bit), prefixed so that secret scanners know it. */
export function makeJoinToken(): string {
  return `${JOIN_TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
}

/** What is stored of a token: SHA-256 is enough for 256 random bits, a slow hash is for passwords. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
