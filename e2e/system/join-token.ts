import { createHash, randomBytes } from "node:crypto";
import type pg from "pg";

/**
 * Makes a site and a join token for one agent, straight in the database, and an organisation where there is none;
 * returns the token.
 */
export async function createJoinToken(admin: pg.Client): Promise<string> {
  const token = `fbj_${randomBytes(32).toString("base64url")}`;
  const hash = createHash("sha256").update(token).digest();
  await admin.query("insert into organisations (name) select 'Test' where not exists (select from organisations)");
  await admin.query("insert into sites (org_id, name) select id, 'Edge' from organisations");
  await admin.query(
    `insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
     select org_id, id, 'Token', $1, 1, now() + interval '1 hour' from sites`,
    [hash],
  );
  return token;
}
