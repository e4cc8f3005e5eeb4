import type pg from "pg";

/**
 * Sites over central Europe, each with a machine whose agent was heard or not, for benches and browser tests: of a
 * hundred, six are silent, two critical, four warn, three never reported, one has no coordinates, one is made up.
 * Agents are not real: nothing of it goes through the gateway.
 */
export async function insertManySites(admin: pg.Client, orgId: string, count: number): Promise<void> {
  await admin.query(
    `with made as (
       insert into sites (org_id, name, region, country, latitude, longitude, is_simulated, labels)
       select $1, 'Store ' || lpad(n::text, 5, '0'), 'Region ' || lpad((n % 40)::text, 2, '0'),
         (array['DE', 'AT', 'CH', 'NL', 'PL'])[1 + n % 5],
         -- Not a random number: the same map each time. The golden ratio spreads without a grid.
         case when n % 100 <> 50 then 46 + 8.5 * (n * 0.7548776662 - floor(n * 0.7548776662)) end,
         case when n % 100 <> 50 then 4 + 16 * (n * 0.5698402910 - floor(n * 0.5698402910)) end,
         n % 100 = 60, '{}'
       from generate_series(1, $2::int) as n returning id, name),
     numbered as (select id, substr(name, 7)::int as n from made),
     token as (
       insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
       select $1, id, 'many sites', sha256(convert_to($1::text || id, 'utf8')), 1, now() from numbered returning id, site_id),
     agent as (
       insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds, last_received_at)
       select $1, numbered.id, token.id, sha256(convert_to('key ' || numbered.id, 'utf8')), 'active', 'host-' || n, 'linux/x64', '1', 3600,
         case when n % 100 between 20 and 22 then null when n % 100 < 6 then now() - interval '1 day' else now() end
       from numbered join token on token.site_id = numbered.id returning id, site_id, hostname),
     machine as (
       insert into machines (org_id, site_id, identity_kind, identity_value, agent_id, name)
       select $1, site_id, 'agent', id::text, id, hostname from agent returning id, site_id, substr(name, 6)::int as n)
     insert into telemetry_machines (org_id, machine_id, site_id, stream_id, filesystem_used_ratio_max)
     select $1, id, site_id, 0, case when n % 100 in (30, 31) then 0.97 when n % 100 between 32 and 35 then 0.9 else 0.4 end
     from machine`,
    [orgId, count],
  );
  await admin.query("analyze sites, agents, machines, telemetry_machines");
}
