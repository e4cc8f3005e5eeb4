import { z } from "zod";

/** What an API token may be good for. */
export const METRICS_WRITE = "metrics:write";

/** Most tokens, and metrics of one sender, in one answer. */
export const SENDERS_MAX = 500;
export const SENDER_METRICS_MAX = 2_000;

export const TOKEN_DAYS_MAX = 3_650;

/** A Prometheus label or an OTLP attribute. */
const SiteLabel = z.string().trim().min(1).max(200);

export const ApiTokenInput = z.object({
  name: z.string().trim().min(1).max(200),
  /** All that comes in is of this site, or this label names the site. */
  bound: z.union([z.object({ siteId: z.uuid() }), z.object({ siteLabel: SiteLabel })]),
  /** Null: until it is revoked. */
  daysToLive: z.number().int().min(1).max(TOKEN_DAYS_MAX).nullable(),
});
export type ApiTokenInput = z.infer<typeof ApiTokenInput>;

export type ApiTokenState = "open" | "expired" | "revoked";

/** State of a token at `now`; what a person did comes before what the clock did. */
export function apiTokenState(token: { revokedAt: Date | null; expiresAt: Date | null }, now: Date): ApiTokenState {
  if (token.revokedAt) return "revoked";
  return token.expiresAt && token.expiresAt <= now ? "expired" : "open";
}
