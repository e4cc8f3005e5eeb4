import { timingSafeEqual } from "node:crypto";
import { eq } from "drizzle-orm";
import { type Database, withTenant } from "@/db/client";
import { apiTokens } from "@/db/schema/senders";
import { METRICS_WRITE } from "./model";
import { RequestError } from "./request-error";
import { hashSecret, parseApiToken } from "./secrets";

/** A sender whose token was checked for the request at hand. */
export type ProvenSender = { id: string; orgId: string; siteId: string | null; siteLabel: string | null };

const REFUSED = "The token is not known, has expired or was revoked";

/**
 * Finds who sends by the token in `Authorization`: as a bearer, or as the password of basic authentication with any
 * user name, which is what older senders can do.
 *
 * @throws RequestError token_refused, only for what is known to be bad: a 401 makes senders throw data away
 * @throws whatever the database throws: the caller answers 503 then
 */
export async function authenticateSender(database: Database, authorization: string | undefined): Promise<ProvenSender> {
  const parsed = parseApiToken(tokenOf(authorization));
  if (!parsed) {
    throw new RequestError("token_refused", "Expected an API token: Authorization: Bearer fbk_…, or as basic password");
  }
  const row = await withTenant(database, { known: parsed.id }, async (tx) => {
    const [found] = await tx.select().from(apiTokens).where(eq(apiTokens.id, parsed.id));
    return found;
  });
  const isSecret = row !== undefined && timingSafeEqual(row.secretHash, hashSecret(parsed.secret));
  if (!row || !isSecret || row.revokedAt || (row.expiresAt && row.expiresAt <= new Date())) {
    throw new RequestError("token_refused", REFUSED);
  }
  if (!row.scopes.includes(METRICS_WRITE)) throw new RequestError("token_refused", "The token may not write metrics");
  return { id: row.id, orgId: row.orgId, siteId: row.siteId, siteLabel: row.siteLabel };
}

function tokenOf(authorization: string | undefined): string {
  const [scheme = "", value = ""] = (authorization ?? "").trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return "";
  const pair = Buffer.from(value, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}
