import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { DemoAccount } from "@/db/seed/demo-accounts";
import { findPrivateJson, writePrivateJson } from "./private-file";

const ROLES = ["owner", "admin", "operator", "viewer", "auditor"] as const satisfies DemoAccount["role"][];
/** Without the letters that look like another one, because people type these from one screen into another. */
const PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

const Secrets = z.object({
  authSecret: z.string().min(32),
  /** Keeps the login roles of installations that share one server apart. */
  roleSuffix: z.string().regex(/^[a-z0-9]{1,30}$/),
  appPassword: z.string().min(20),
  workerPassword: z.string().min(20),
});
export type Secrets = z.infer<typeof Secrets>;

const DemoAccounts = z
  .array(z.object({ role: z.enum(ROLES), email: z.string(), password: z.string().min(15) }))
  .length(ROLES.length);

/** The secrets of this data folder (secrets.json, mode 0600), made at the first start. */
export function readOrCreateSecrets(dataFolder: string): Secrets {
  const path = join(dataFolder, "secrets.json");
  const found = findPrivateJson(path, Secrets);
  if (found) return found;
  const secrets: Secrets = {
    authSecret: randomBytes(48).toString("base64url"),
    roleSuffix: randomBytes(5).toString("hex"),
    appPassword: randomBytes(24).toString("base64url"),
    workerPassword: randomBytes(24).toString("base64url"),
  };
  writePrivateJson(path, secrets);
  return secrets;
}

/** One account for each role with a password of this data folder's own (demo-accounts.json, mode 0600). */
export function readOrCreateDemoAccounts(dataFolder: string): DemoAccount[] {
  const path = join(dataFolder, "demo-accounts.json");
  const found = findPrivateJson(path, DemoAccounts);
  if (found) return found;
  const accounts = ROLES.map((role) => ({ role, email: `${role}@demo.fernblick.local`, password: makePassword() }));
  writePrivateJson(path, accounts);
  return accounts;
}

/** Sixteen of 31 letters in groups of four: 79 bits. */
function makePassword(): string {
  const letters = Array.from({ length: 16 }, () => PASSWORD_LETTERS[randomInt(PASSWORD_LETTERS.length)]).join("");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}
