import { z } from "zod";
import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from "@/contract/selector";

/** Most agents a join token may bring in, and the longest it may live. */
export const TOKEN_USES_MAX = 10_000;
export const TOKEN_HOURS_MAX = 24 * 30;

/** Most agents, or join tokens, in one answer; a screen that has so many says that there may be more. */
export const AGENTS_MAX = 1000;

export const Labels = z
  .record(z.string().regex(LABEL_KEY_PATTERN), z.string().regex(LABEL_VALUE_PATTERN))
  .refine((labels) => Object.keys(labels).length <= 64, "at most 64 labels");

export const JoinTokenInput = z.object({
  name: z.string().trim().min(1).max(200),
  siteId: z.uuid(),
  labels: Labels.default({}),
  usesMax: z.number().int().min(1).max(TOKEN_USES_MAX),
  hoursToLive: z.number().int().min(1).max(TOKEN_HOURS_MAX),
  isApprovalRequired: z.boolean(),
});
export type JoinTokenInput = z.infer<typeof JoinTokenInput>;

export type TokenState = "open" | "used_up" | "expired" | "revoked";

/** State of a join token at `now`; what a person did comes before what the clock did. */
export function tokenState(
  token: { revokedAt: Date | null; expiresAt: Date; usesCount: number; usesMax: number },
  now: Date,
): TokenState {
  if (token.revokedAt) return "revoked";
  if (token.usesCount >= token.usesMax) return "used_up";
  if (token.expiresAt <= now) return "expired";
  return "open";
}
