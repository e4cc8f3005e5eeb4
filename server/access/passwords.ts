import { hash, verify } from "@node-rs/argon2";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "@/server/access/model";
import { DomainError } from "@/server/errors";

/** argon2id with the library's default cost (19 MiB, 2 passes: OWASP Password Storage Cheat Sheet). */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < PASSWORD_LENGTH_MIN || password.length > PASSWORD_LENGTH_MAX) {
    throw new DomainError("invalid", "password_length", { min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX });
  }
  return hash(password);
}

let decoy: Promise<string> | undefined;

/** Takes the same time whether or not there is an account, so that accounts cannot be found by the clock. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > PASSWORD_LENGTH_MAX) return false;
  if (passwordHash === null) {
    decoy ??= hash("no account has this password");
    await verify(await decoy, password);
    return false;
  }
  return verify(passwordHash, password);
}
