import { randomBytes } from "node:crypto";
import type pg from "pg";

/** A site with what it shares, and so many machines whose agents were heard so many seconds ago. */
export type PutSite = {
  name: string;
  labels?: Record<string, string>;
  region?: string;
  carrier?: string;
  powerFeed?: string;
  machines?: number;
  heardSecondsAgo: number;
};
export type PutAgent = { agentId: string; machineId: string; siteId: string };

/** Puts sites and machines into the database as if they had been enrolled and heard; intervals are 10 s. */
export async function putSites(admin: pg.Client, orgId: string, sites: readonly PutSite[]): Promise<PutAgent[]> {
  const put: PutAgent[] = [];
  for (const site of sites) {
    const { rows } = await admin.query<{ agent_id: string; machine_id: string; site_id: string }>(
      `with site as (
         insert into sites (org_id, name, labels, region, carrier, power_feed, contact)
         values ($1, $2, $3, $4, $5, $6, 'night watch, 555 0100') returning id),
       token as (
         insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
         select $1, id, 'Token', $7, 100, now() from site returning id),
       machine as (
         insert into machines (org_id, site_id, identity_kind, identity_value, name)
         select $1, site.id, 'system_uuid', $2 || '-' || n, $2 || '-' || n from site, generate_series(1, $8::int) n
         returning id, site_id, name),
       agent as (
         insert into agents (org_id, site_id, machine_id, join_token_id, public_key, status, hostname, platform, version,
           interval_seconds, last_received_at, enrolled_at)
         select $1, m.site_id, m.id, token.id, sha256(($9 || m.name)::bytea), 'active', m.name, 'linux/x64', '0.5.0', 10,
           now() - make_interval(secs => $10), now() - interval '1 day'
         from machine m, token returning id, machine_id, site_id)
       select id as agent_id, machine_id, site_id from agent`,
      [
        orgId,
        site.name,
        JSON.stringify(site.labels ?? {}),
        site.region ?? null,
        site.carrier ?? null,
        site.powerFeed ?? null,
        randomBytes(32),
        site.machines ?? 1,
        randomBytes(8).toString("hex"),
        site.heardSecondsAgo,
      ],
    );
    for (const row of rows) put.push({ agentId: row.agent_id, machineId: row.machine_id, siteId: row.site_id });
  }
  // A statement sees none of what its own parts wrote.
  await admin.query(
    "update machines m set agent_id = a.id from agents a where a.org_id = $1 and a.machine_id = m.id and m.agent_id is null",
    [orgId],
  );
  return put;
}
