import { z } from "zod";
import type { AgentStatus } from "@/contract/agents";
import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from "@/contract/selector";
import { TOKEN_HOURS_MAX, TOKEN_USES_MAX } from "@/contract/token-limits";
import { DomainError } from "@/server/errors";

/** Most join tokens in one answer. */
export const TOKENS_MAX = 1000;

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

/** Place of an agent in the list's order. */
export type AgentPlace = {
  isNotWaiting: boolean;
  isRevoked: boolean;
  /** Whole microseconds since 1970: more digits than a number keeps. */
  enrolledMicros: string;
  id: string;
};

/** Names the place of a row; the next page begins after it, whatever was enrolled or revoked meanwhile. */
export function agentCursor(row: { status: AgentStatus; enrolledMicros: string; id: string }): string {
  return [Number(row.status !== "waiting"), Number(row.status === "revoked"), row.enrolledMicros, row.id].join(".");
}

/** @throws DomainError invalid `input` for a text that is no cursor of ours */
export function parseAgentCursor(cursor: string): AgentPlace {
  const parts = /^([01])\.([01])\.(-?\d{1,18})\.([0-9a-f-]{36})$/.exec(cursor);
  const [, isNotWaiting, isRevoked, enrolledMicros, id] = parts ?? [];
  if (!enrolledMicros || !id) throw new DomainError("invalid", "input", { details: "cursor" });
  return { isNotWaiting: isNotWaiting === "1", isRevoked: isRevoked === "1", enrolledMicros, id };
}

/** Shorter words occur in most ids by chance. */
const ID_PART_LENGTH_MIN = 6;

/** The words of a search as patterns for `ilike`, and whether each may be a part of an id. */
export function searchWords(search: string): { pattern: string; isIdPart: boolean }[] {
  return search
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => ({
      pattern: `%${word.replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`,
      isIdPart: word.length >= ID_PART_LENGTH_MIN,
    }));
}
