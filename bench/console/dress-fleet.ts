import type pg from "pg";
import { fleetAgent, publicKeyOf } from "@/agent/simulated/fleet-agent";
import { clusterName, siteName, versionOf, writeItems } from "@/bench/search/fill";

export type DressPlan = { clusters: number; nodes: number; seed: number; speakers: number };

/** Of a hundred clusters so many are silent, failed, degraded. */
const SILENT = 4;
const FAILED = 2;
const DEGRADED = 6;

const MACHINE_FACTS = `, cores_logical = 8, facts = jsonb_build_object(
  'systemSerial', jsonb_build_object('value', upper(substr(md5(t.id::text), 1, 8))),
  'operatingSystem', jsonb_build_object('value', (array['Debian 13','Ubuntu 24.04','Talos 1.9'])[hashtext(t.id::text) % 2 + 2]),
  'kernelVersion', jsonb_build_object('value', '6.12.7'), 'architecture', jsonb_build_object('value', 'x64'),
  'cpuModel', jsonb_build_object('value', repeat('cpu ', 20)), 'networkInterfaces', jsonb_build_object('value', repeat('interface ', 40)))`;

/**
 * Makes of streams with a month of readings a fleet as people see it: every site has a name and a place, a cluster with
 * its inventory, and machines with agents; the first `speakers` machines have agents that can really speak.
 */
export async function dressFleet(
  admin: pg.Client,
  orgId: string,
  plan: DressPlan,
  say: (line: string) => void,
): Promise<void> {
  const run = (text: string, ...more: unknown[]) => admin.query(text, [orgId, ...more]);
  await admin.query("set synchronous_commit = off");
  await run(
    `update sites set name = ${siteName("n")}, region = 'Region ' || n % 16, country = (array['DE','AT','CH','NL','PL'])[1 + n % 5],
       carrier = case when n % 5 > 0 then 'Carrier ' || n % 5 end, labels = labels || jsonb_build_object('rack', 'r' || n),
       latitude = 46 + 8.5 * (n * 0.7548776662 - floor(n * 0.7548776662)),
       longitude = 4 + 16 * (n * 0.5698402910 - floor(n * 0.5698402910))
     from (select id as of, substring(name from '\\d+')::int as n from sites where org_id = $1) s where org_id = $1 and id = s.of`,
  );
  await run(`insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
    select $1::uuid, id, 'Token', sha256($1::uuid::text::bytea), 1, now() from sites where org_id = $1 limit 1`);
  await run(`insert into clusters (org_id, site_id, uid, name, labels, generation, confirmed_at, git_version, distribution,
      provider, nodes_total, nodes_ready, applications_total, applications_unwell, systems_total, systems_unwell, health)
    select $1::uuid, id, gen_random_uuid()::text, ${clusterName("name", "n")}, jsonb_build_object('stage', (array['test','live'])[n % 2 + 1]),
      1, now(), ${versionOf("n / 2")}, (array['k3s','rke2','upstream','eks'])[n % 4 + 1], (array['bare_metal','hetzner_cloud','aws'])[n % 3 + 1],
      ${plan.nodes}, ${plan.nodes} - (n % 100 < ${FAILED})::int, 12, (n % 100 < ${FAILED + DEGRADED})::int, 3, 0,
      case when n % 100 < ${FAILED} then 'failed' when n % 100 < ${FAILED + DEGRADED} then 'degraded' else 'healthy' end
    from (select id, name, split_part(name, ' ', 3)::int as n from sites where org_id = $1) s`);
  // An hour ahead, so that nobody falls silent while something is measured.
  const heard = (n: string) =>
    `case when ${n} % 100 >= ${100 - SILENT} then now() - interval '2 days' else now() + interval '1 hour' end`;
  const agent = (
    of: string,
  ) => `insert into agents (org_id, site_id, ${of}_id, join_token_id, public_key, status, hostname,
      platform, version, interval_seconds, last_received_at, id)
    select $1::uuid, t.site_id, t.id, (select id from join_tokens where org_id = $1), sha256(t.id::text::bytea), 'active', t.name,
      'linux/x64', '0.9.0', 60, ${heard("split_part(s.name, ' ', 3)::int")}, gen_random_uuid()
    from ${of}s t join sites s on s.org_id = t.org_id and s.id = t.site_id where t.org_id = $1`;
  for (const of of ["cluster", "machine"]) {
    await run(agent(of));
    await admin.query(`analyze agents, ${of}s`);
    await run(`update ${of}s t set agent_id = a.id${of === "machine" ? MACHINE_FACTS : ""}
      from agents a where t.org_id = $1 and a.org_id = $1 and a.${of}_id = t.id`);
  }
  const speakers = Array.from({ length: plan.speakers }, (_, at) => fleetAgent(plan.seed, at));
  await run(
    `with chosen as (select id, row_number() over (order by id) as n from machines where org_id = $1 limit $2),
       told as (select a.id as old, v.id, v.key from chosen join unnest($3::uuid[], $4::bytea[]) with ordinality as v(id, key, n) using (n)
         join agents a on a.org_id = $1 and a.machine_id = chosen.id),
       gone as (update machines m set agent_id = null from told where m.org_id = $1 and m.agent_id = told.old returning m.id),
       changed as (update agents a set id = told.id, public_key = told.key from told where a.org_id = $1 and a.id = told.old)
     select count(*) from gone`,
    plan.speakers,
    speakers.map(({ id }) => id),
    speakers.map(publicKeyOf),
  );
  await run(`update machines m set agent_id = a.id from agents a
    where m.org_id = $1 and a.org_id = $1 and a.machine_id = m.id and m.agent_id is null`);
  await run(
    `insert into cluster_applications (org_id, cluster_id, key, namespace, name, health, version, kept_by, workloads, wanted, ready)
     select $1::uuid, c.id, 'ns-' || n || '/app-' || n, 'ns-' || n, 'app-' || n,
       case when hashtext(c.name || n) % 40 = 0 then 'failed' else 'healthy' end, '1.' || n || '.0', 'helm', 2, 2, 2
     from clusters c, generate_series(1, 12) n where c.org_id = $1`,
  );
  await writeItems(admin, orgId, { clusters: plan.clusters, nodes: plan.nodes, applications: 12, claims: 8 }, say);
  await admin.query("set synchronous_commit = on");
  await admin.query("vacuum analyze");
}
