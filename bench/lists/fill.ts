import { randomUUID } from "node:crypto";
import type pg from "pg";

/** An organisation of so many clusters, each with a site, 4 machines, 10 applications and 20 volumes. @returns its id */
export async function fillLists(admin: pg.Client, clusters: number): Promise<string> {
  const orgId = randomUUID();
  const run = (text: string) => admin.query(text, [orgId, clusters]);
  await admin.query("insert into organisations (id, name) values ($1, $2)", [orgId, `${clusters} clusters`]);
  await run(`insert into sites (org_id, name, labels, region, country, carrier)
    select $1::uuid, 'Site ' || n, jsonb_build_object('tier', (array['edge','far','core'])[n % 3 + 1], 'wave', (n % 10)::text),
      'Region ' || n % 16, (array['DE','DK','SE','FI'])[n % 4 + 1], case when n % 5 > 0 then 'Carrier ' || n % 5 end
    from generate_series(1, $2::int) n`);
  await run(`insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
    select $1::uuid, id, 'Token', sha256($1::uuid::text::bytea), $2::int, now() from sites where org_id = $1 limit 1`);
  await run(`with numbered as (select id, row_number() over (order by length(name), name) as n from sites where org_id = $1),
    made as (insert into clusters (org_id, site_id, uid, name, labels, generation, confirmed_at, git_version, distribution,
        provider, nodes_total, nodes_ready, applications_total, applications_unwell, systems_total, systems_unwell, health)
      select $1::uuid, id, 'uid-' || n, 'cluster-' || n, jsonb_build_object('stage', (array['test','live'])[n % 2 + 1]), 1, now(),
        'v1.' || 27 + n % 8 || '.' || n % 15 || '+k3s1', (array['k3s','rke2','upstream','eks'])[n % 4 + 1], 'hetzner_cloud',
        4, 4 - (n % 50 = 0)::int, 10, (n % 20 = 0)::int, 3, 0,
        case when n % 50 = 0 then 'failed' when n % 20 = 0 then 'degraded' else 'healthy' end
      from numbered returning id, site_id, name)
    insert into agents (org_id, site_id, cluster_id, join_token_id, public_key, status, hostname, platform, version,
      interval_seconds, last_received_at)
    select $1::uuid, made.site_id, made.id, t.id, sha256(made.id::text::bytea), 'active', made.name, 'linux/x64', '0.9.0', 60,
      now() + interval '1 hour' * ($2::int > 0)::int - case when hashtext(made.name) % 12 = 0 then interval '2 days' else '0' end
    from made, (select id from join_tokens where org_id = $1) t`);
  // Without figures of what was just written, the planner may look through all agents for each cluster.
  await admin.query("analyze agents, clusters");
  await admin.query(
    "update clusters c set agent_id = a.id from agents a where c.org_id = $1 and a.org_id = $1 and a.cluster_id = c.id",
    [orgId],
  );
  await admin.query(
    `insert into cluster_applications (org_id, cluster_id, key, namespace, name, health, version, kept_by, workloads, wanted, ready)
     select $1::uuid, c.id, 'ns-' || n || '/app-' || n, 'ns-' || n, 'app-' || n,
       case when hashtext(c.name || n) % 40 = 0 then 'failed' else 'healthy' end, '1.' || n || '.0', 'helm', 2, 2, 2
     from clusters c, generate_series(1, 10) n where c.org_id = $1`,
    [orgId],
  );
  await admin.query(
    `with numbered as (select c.id, n, hashtext(c.name || '/' || n) as dice from clusters c, generate_series(1, 20) n where c.org_id = $1)
     insert into storage_units (org_id, cluster_id, kind, key, name, namespace, class, raw_bytes, used_bytes, available_bytes,
       provisioned_bytes, formula, capacity_bytes, verdict, full_from, full_likely, full_to, bytes_per_day, based_at, basis,
       full_order, computed_at)
     select $1::uuid, id, 'volume', 'ns-' || n || '/data-' || n, 'data-' || n, 'ns-' || n, (array['longhorn','local-path','ceph'])[n % 3 + 1],
       1e11, used, 1e11 - used, 1e11, 'toldAvailable', 1e11, verdict, likely - interval '3 days', likely, likely + interval '3 days',
       1e9, now(), '{"days": 90, "spans": 90, "known": 88, "steps": 1}', case verdict when 'steady' then 'infinity' else likely end, now()
     from (select id, n, case when n % 3 = 1 then null else abs(dice % 100) * 1e9 end as used,
         case when n % 3 = 1 then 'unknown' when dice % 2 = 0 then 'filling' else 'steady' end as verdict,
         case when n % 3 <> 1 and dice % 2 = 0 then now() + make_interval(hours => abs(dice / 7 % 20000)) end as likely
       from numbered) u`,
    [orgId],
  );
  await admin.query(
    `insert into storage_looks (org_id, cluster_id, looked_at, units, units_told)
     select org_id, cluster_id, now(), count(*), count(used_bytes) from storage_units where org_id = $1 group by 1, 2`,
    [orgId],
  );
  await admin.query(
    `with made as (
       insert into machines (org_id, site_id, identity_kind, identity_value, name, facts, cores_logical)
       select $1::uuid, s.id, 'system_uuid', s.id::text || n, 'machine-' || n || '-' || s.name, jsonb_build_object(
         'operatingSystem', jsonb_build_object('value', (array['Debian 13','Ubuntu 24.04','Talos 1.9'])[n % 3 + 1]),
         'kernelVersion', jsonb_build_object('value', '6.12.' || n), 'architecture', jsonb_build_object('value', 'x64'),
         'hostname', jsonb_build_object('value', 'machine-' || n), 'cpuModel', jsonb_build_object('value', repeat('cpu ', 20)),
         'networkInterfaces', jsonb_build_object('value', repeat('interface ', 40))), 8
       from sites s, generate_series(1, 4) n where s.org_id = $1 returning id, site_id, name)
     insert into agents (org_id, site_id, machine_id, join_token_id, public_key, status, hostname, platform, version,
       interval_seconds, last_received_at)
     select $1::uuid, made.site_id, made.id, t.id, sha256(made.id::text::bytea), 'active', made.name, 'linux/x64', '0.9.0', 60,
       now() + interval '1 hour' from made, (select id from join_tokens where org_id = $1) t`,
    [orgId],
  );
  await admin.query("analyze agents, machines");
  await admin.query(
    "update machines m set agent_id = a.id from agents a where m.org_id = $1 and a.org_id = $1 and a.machine_id = m.id",
    [orgId],
  );
  return orgId;
}
