import { and, desc, eq, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { z } from "zod";
import type { Transaction } from "@/db/client";
import { agentProcesses, agents } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { type Caller, visibleSites } from "@/server/access/caller";
import { aliveSecondsOf, judgeProcess, PROCESS_VERDICTS } from "./process-verdict";

/** The other machine that claims the same identity. Nulls where it is at a site that this caller may not see. */
export const Collision = z.object({
  machineId: z.uuid().nullable(),
  /** The agent that speaks for it. */
  agentId: z.uuid().nullable(),
  name: z.string().nullable(),
  siteName: z.string().nullable(),
  lastReceivedAt: z.date().nullable(),
});
export type Collision = z.infer<typeof Collision>;

/** Null where nobody, or nobody who is let in any more, claims the identity of this machine besides itself. */
export async function findCollision(tx: Transaction, caller: Caller, machineId: string): Promise<Collision | null> {
  const self = alias(machines, "self");
  const [row] = await tx
    .select({
      machineId: machines.id,
      agentId: agents.id,
      name: machines.name,
      siteName: sites.name,
      lastReceivedAt: agents.lastReceivedAt,
      isVisible: sql<boolean>`${visibleSites(caller)}`,
    })
    .from(self)
    .innerJoin(
      machines,
      and(eq(machines.orgId, self.orgId), or(eq(machines.id, self.collidesWith), eq(machines.collidesWith, self.id))),
    )
    .innerJoin(agents, and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId)))
    .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
    .where(and(eq(self.orgId, caller.orgId), eq(self.id, machineId), eq(agents.status, "active")))
    .orderBy(sql`${visibleSites(caller)} desc`, machines.createdAt)
    .limit(1);
  if (!row) return null;
  const { isVisible, ...collision } = row;
  return isVisible ? collision : { machineId: null, agentId: null, name: null, siteName: null, lastReceivedAt: null };
}

/** Processes that use one key side by side, and since when that is known. */
export const SharedKey = z.object({
  agentId: z.uuid(),
  since: z.date(),
  processes: z.array(
    z.object({
      epoch: z.number().int(),
      bootId: z.string().nullable(),
      firstSeenAt: z.date(),
      heardAt: z.date(),
      /** What it may do at present, until a person decides. */
      verdict: z.enum(PROCESS_VERDICTS),
    }),
  ),
});
export type SharedKey = z.infer<typeof SharedKey>;

/** Who was gone so long before it was found out has no part in it. */
const BEFORE_MILLISECONDS = 60_000;
/** More than a person can choose from; a key that so many use should be revoked. */
const PROCESSES_MAX = 10;

/** Null for an agent whose key one process uses, which is nearly every agent. */
export async function findSharedKey(tx: Transaction, orgId: string, agentId: string): Promise<SharedKey | null> {
  const [agent] = await tx
    .select({ since: agents.sharedSince, intervalSeconds: agents.intervalSeconds })
    .from(agents)
    .where(and(eq(agents.orgId, orgId), eq(agents.id, agentId)));
  if (!agent?.since) return null;
  const all = await tx
    .select()
    .from(agentProcesses)
    .where(and(eq(agentProcesses.orgId, orgId), eq(agentProcesses.agentId, agentId)))
    .orderBy(desc(agentProcesses.heardAt));
  const foundAt = agent.since.getTime() - BEFORE_MILLISECONDS;
  const aliveSeconds = aliveSecondsOf(agent.intervalSeconds);
  const now = new Date();
  const processes = all
    .filter((process) => !process.isRejected && process.heardAt.getTime() > foundAt)
    .slice(0, PROCESSES_MAX)
    .map(({ epoch, bootId, firstSeenAt, heardAt }) => ({
      epoch,
      bootId,
      firstSeenAt,
      heardAt,
      verdict: judgeProcess(epoch, all, aliveSeconds, now).verdict,
    }));
  return { agentId, since: agent.since, processes };
}
