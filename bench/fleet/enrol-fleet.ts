import type pg from "pg";
import { fleetAgent, publicKeyOf, siteIdOf, uuidFrom } from "@/agent/simulated/fleet-agent";

export type FleetPlan = { seed: number; streams: number; nodesPerStream: number };
export type EnrolledFleet = { orgId: string; siteIds: string[] };

const REGIONS = 20;
const ROWS_A_STATEMENT = 2_000;

/**
 * Makes an organisation in which every stream has a site of its own (labelled with one of 20 regions), a machine and an
 * active agent, straight in the database: enrolment itself is not what the benches measure.
 */
export async function enrolFleet(admin: pg.Client, plan: FleetPlan): Promise<EnrolledFleet> {
  const orgId = uuidFrom(`fleet ${plan.seed} organisation`);
  const tokenId = uuidFrom(`fleet ${plan.seed} token`);
  const siteIds = Array.from({ length: plan.streams }, (_, stream) => siteIdOf(plan.seed, stream));
  await admin.query("begin");
  await admin.query("insert into organisations (id, name) values ($1, 'Bench')", [orgId]);
  for (let begin = 0; begin < plan.streams; begin += ROWS_A_STATEMENT) {
    const streams = siteIds.slice(begin, begin + ROWS_A_STATEMENT).map((_, offset) => begin + offset);
    const sites = streams.map((stream) => siteIds[stream]);
    await admin.query(
      `insert into sites (org_id, id, name, labels)
       select $1::uuid, id, name, jsonb_build_object('region', region) from unnest($2::uuid[], $3::text[], $4::text[])
         as new (id, name, region)`,
      [orgId, sites, streams.map((stream) => `Site ${stream}`), streams.map((stream) => `r${stream % REGIONS}`)],
    );
    if (begin === 0) {
      await admin.query(
        `insert into join_tokens (id, org_id, site_id, name, token_hash, uses_max, expires_at)
         values ($1, $2, $3, 'Bench', $4, 1, now() + interval '1 day')`,
        [tokenId, orgId, siteIds[0], Buffer.alloc(32, 7)],
      );
    }
    const agents = streams.map((stream) => fleetAgent(plan.seed, stream));
    await admin.query(
      `insert into machines (org_id, id, site_id, identity_kind, identity_value, agent_id, name)
       select $1::uuid, id, site_id, 'agent', agent_id::text, agent_id, name
       from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) as new (id, site_id, agent_id, name)`,
      [
        orgId,
        agents.map(({ machineId }) => machineId),
        sites,
        agents.map(({ id }) => id),
        streams.map((s) => `edge-${s}`),
      ],
    );
    await admin.query(
      `insert into agents (org_id, id, site_id, machine_id, join_token_id, public_key, status, hostname, platform,
         version, interval_seconds)
       select $1::uuid, id, site_id, machine_id, $2, public_key, 'active', 'edge', 'linux/x64', 'bench', 60
       from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bytea[]) as new (id, site_id, machine_id, public_key)`,
      [
        orgId,
        tokenId,
        agents.map(({ id }) => id),
        sites,
        agents.map(({ machineId }) => machineId),
        agents.map(publicKeyOf),
      ],
    );
  }
  await admin.query("commit");
  await admin.query("analyze");
  return { orgId, siteIds };
}
