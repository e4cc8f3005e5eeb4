import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agentProcesses, agents } from "@/db/schema/agents";
import { fleetChanges } from "@/db/schema/fleet";
import { announce } from "@/server/live";
import { type AgentProcess, aliveSecondsOf, judgeProcess, type ProcessVerdict } from "./process-verdict";

/** A session that was opened, or that was heard again. */
export type SessionNote = {
  agentId: string;
  /** Of the agent's process, from its hello; never that of a batch that it kept from an earlier one. */
  epoch: number;
  bootId: string | null;
};

/** A process is kept in mind for so long after it was heard last. */
const REMEMBERED = sql`interval '2 days'`;

/**
 * Notes which processes of agents are heard, and says of each whether it may speak. One key is one process at a time;
 * where two are heard in turns, a disk was copied with the agent's key on it. Then the first goes on, the second waits
 * with its data at the edge, machine page and attention list tell it, and a person decides (`keepProcess`).
 *
 * To be asked when a session opens, and then again while it is heard, at least each third of its interval. What
 * verdicts mean: `speaks` go on; `waits` answer agent_waiting and close; `refused` answer agent_revoked and close.
 *
 * @returns one verdict for each note, in their order
 */
export async function noteSessions(
  tx: Transaction,
  orgId: string,
  notes: readonly SessionNote[],
  at: Date,
): Promise<ProcessVerdict[]> {
  if (notes.length === 0) return [];
  // In one order everywhere, or two gateways could wait for each other's rows.
  const ordered = [...new Map(notes.map((note) => [keyOf(note), note])).values()].sort((a, b) =>
    keyOf(a) < keyOf(b) ? -1 : 1,
  );
  await tx.execute(sql`
    insert into agent_processes as p (org_id, agent_id, epoch, boot_id, first_seen_at, heard_at)
    select ${orgId}::uuid, n.agent_id, n.epoch, n.boot_id, ${at.toISOString()}::timestamptz, ${at.toISOString()}::timestamptz
    from unnest(${sql.param(ordered.map((note) => note.agentId))}::uuid[],
      ${sql.param(ordered.map((note) => note.epoch))}::bigint[],
      ${sql.param(ordered.map((note) => note.bootId))}::text[]) as n(agent_id, epoch, boot_id)
    on conflict (org_id, agent_id, epoch) do update
      set heard_at = greatest(p.heard_at, excluded.heard_at),
        -- Of a refused one it was taken away on purpose where the kept one runs on the same boot.
        boot_id = case when p.is_rejected then p.boot_id else coalesce(excluded.boot_id, p.boot_id) end`);
  const families = await listFamilies(tx, orgId, [...new Set(ordered.map((note) => note.agentId))]);
  const verdicts = new Map<string, ProcessVerdict>();
  for (const note of ordered) {
    const family = families.get(note.agentId);
    if (!family) continue;
    const { verdict, isShared } = judgeProcess(note.epoch, family.processes, family.aliveSeconds, at);
    verdicts.set(keyOf(note), verdict);
    if (isShared && !family.isKnownAsShared) {
      family.isKnownAsShared = true;
      await tellSharing(tx, orgId, note.agentId, at);
    }
  }
  return notes.map((note) => verdicts.get(keyOf(note)) ?? "speaks");
}

const keyOf = (note: SessionNote): string => `${note.agentId} ${note.epoch}`;

type Family = { processes: AgentProcess[]; aliveSeconds: number; isKnownAsShared: boolean };

/** The processes of those agents that have more than one; of nearly all agents that is none. */
async function listFamilies(tx: Transaction, orgId: string, agentIds: string[]): Promise<Map<string, Family>> {
  const several = sql`(select agent_id from agent_processes where org_id = ${orgId}::uuid
    and agent_id = any(${sql.param(agentIds)}::uuid[]) group by agent_id having count(*) > 1)`;
  await tx.execute(sql`delete from agent_processes where org_id = ${orgId}::uuid and agent_id in ${several}
    and heard_at < now() - ${REMEMBERED} and not is_rejected`);
  const rows = await tx
    .select({ process: agentProcesses, intervalSeconds: agents.intervalSeconds, sharedSince: agents.sharedSince })
    .from(agentProcesses)
    .innerJoin(agents, and(eq(agents.orgId, agentProcesses.orgId), eq(agents.id, agentProcesses.agentId)))
    .where(and(eq(agentProcesses.orgId, orgId), sql`${agentProcesses.agentId} in ${several}`));
  const families = new Map<string, Family>();
  for (const { process, intervalSeconds, sharedSince } of rows) {
    const family = families.get(process.agentId) ?? {
      processes: [],
      aliveSeconds: aliveSecondsOf(intervalSeconds),
      isKnownAsShared: sharedSince !== null,
    };
    family.processes.push(process);
    families.set(process.agentId, family);
  }
  return families;
}

/** Once for each time that it begins: on the agent, in the machine's timeline, and to the screens. */
async function tellSharing(tx: Transaction, orgId: string, agentId: string, at: Date): Promise<void> {
  const [agent] = await tx
    .update(agents)
    .set({ sharedSince: at })
    .where(and(eq(agents.orgId, orgId), eq(agents.id, agentId), sql`${agents.sharedSince} is null`))
    .returning({ siteId: agents.siteId, machineId: agents.machineId, hostname: agents.hostname });
  if (!agent) return;
  const { machineId, siteId, hostname } = agent;
  if (machineId) {
    await tx.insert(fleetChanges).values({ orgId, machineId, kind: "key_shared", after: hostname, receivedAt: at });
  }
  await announce(tx, { orgId, siteId, machineId, topic: "agents" });
}
