import { and, eq } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusterChanges, clusters } from "@/db/schema/clusters";
import type { Labels } from "@/db/schema/fleet";
import { isSpeakerAlive } from "@/server/agents/speaker";

type Newcomer = { id: string; orgId: string; siteId: string; hostname: string; clusterUid: string };

const CLAIMED = {
  id: clusters.id,
  uid: clusters.uid,
  siteId: clusters.siteId,
  agentId: clusters.agentId,
  collidesWith: clusters.collidesWith,
  speakerStatus: agents.status,
  isSpeakerAlive,
};
type Claimed = {
  id: string;
  uid: string;
  siteId: string;
  agentId: string | null;
  collidesWith: string | null;
  speakerStatus: string | null;
  isSpeakerAlive: boolean;
};

const speaksForCluster = and(eq(agents.orgId, clusters.orgId), eq(agents.id, clusters.agentId));

/**
 * Binds an agent to the cluster that it speaks for, and makes that cluster when it is new. A second agent of a cluster
 * whose agent is silent or revoked takes over: it was installed anew. While the first is heard, the second gets a
 * cluster of its own, and both are marked: a copy of a control plane has the same UID, and neither may pull the other's
 * history away.
 *
 * @returns the cluster's id
 */
export async function bindCluster(tx: Transaction, agent: Newcomer, labels: Labels): Promise<string> {
  const known = await findClaimed(tx, agent.orgId, eq(clusters.uid, agent.clusterUid));
  if (!known) {
    const id = await insertCluster(tx, agent, { uid: agent.clusterUid, labels, collidesWith: null });
    await tx
      .insert(clusterChanges)
      .values({ orgId: agent.orgId, clusterId: id, kind: "first_seen", after: agent.hostname });
    return id;
  }
  const isElsewhere = known.siteId !== agent.siteId && known.speakerStatus === "active";
  if (known.agentId !== agent.id && (isElsewhere || known.isSpeakerAlive))
    return createRival(tx, agent, labels, known.id);
  await takeOver(tx, agent, known);
  return known.id;
}

/**
 * An agent whose state came into another cluster, with a copied volume for example, speaks for that one from now on;
 * what the other told stays with its own cluster.
 *
 * @returns the id of the cluster with this UID
 */
export async function changeCluster(tx: Transaction, agent: Newcomer & { clusterId: string }): Promise<string> {
  const { orgId, clusterUid } = agent;
  await tx.update(clusters).set({ agentId: null, collidesWith: null }).where(isCluster(orgId, agent.clusterId));
  await tx
    .update(agents)
    .set({ clusterUid })
    .where(and(eq(agents.orgId, orgId), eq(agents.id, agent.id)));
  const clusterId = await bindCluster(tx, agent, {});
  await moveAgent(tx, agent, clusterId);
  return clusterId;
}

/**
 * Which cluster this agent speaks for from now on, when it is not the one that its cluster is spoken for by, or when it
 * speaks beside another: that one may be silent or revoked by now.
 *
 * @returns the cluster's id
 */
export async function separateClusters(tx: Transaction, agent: Newcomer & { clusterId: string }): Promise<string> {
  const cluster = await findClaimed(tx, agent.orgId, eq(clusters.id, agent.clusterId));
  if (!cluster) throw new Error(`cluster ${agent.clusterId} is not there`);
  if (cluster.agentId === agent.id) {
    const contested = cluster.collidesWith
      ? await findClaimed(tx, agent.orgId, eq(clusters.id, cluster.collidesWith))
      : null;
    if (!contested || contested.speakerStatus === "active") return cluster.id;
    await takeOver(tx, agent, contested);
    await tx.update(clusters).set({ agentId: null, collidesWith: null }).where(isCluster(agent.orgId, cluster.id));
    await moveAgent(tx, agent, contested.id);
    return contested.id;
  }
  if (!cluster.isSpeakerAlive) {
    await takeOver(tx, agent, cluster);
    return cluster.id;
  }
  const own = await createRival(tx, agent, {}, cluster.id);
  await moveAgent(tx, agent, own);
  return own;
}

const isCluster = (orgId: string, id: string) => and(eq(clusters.orgId, orgId), eq(clusters.id, id));

async function findClaimed(tx: Transaction, orgId: string, isIt: ReturnType<typeof eq>): Promise<Claimed | null> {
  const [row] = await tx
    .select(CLAIMED)
    .from(clusters)
    .leftJoin(agents, speaksForCluster)
    .where(and(eq(clusters.orgId, orgId), isIt))
    .for("update", { of: clusters });
  return row ?? null;
}

/** From now on this agent speaks for the cluster, at its own site; what was told of it stays until it tells anew. */
async function takeOver(tx: Transaction, agent: Newcomer, cluster: Claimed): Promise<void> {
  const { orgId } = agent;
  if (cluster.agentId === agent.id && cluster.siteId === agent.siteId) return;
  await tx.update(clusters).set({ agentId: agent.id, siteId: agent.siteId }).where(isCluster(orgId, cluster.id));
  const changes = [{ orgId, clusterId: cluster.id, kind: "agent_replaced", before: cluster.agentId, after: agent.id }];
  if (cluster.siteId !== agent.siteId) {
    changes.push({ orgId, clusterId: cluster.id, kind: "site", before: cluster.siteId, after: agent.siteId });
  }
  await tx.insert(clusterChanges).values(changes);
}

async function createRival(tx: Transaction, agent: Newcomer, labels: Labels, contestedId: string): Promise<string> {
  const { orgId, hostname } = agent;
  const id = await insertCluster(tx, agent, { uid: `agent:${agent.id}`, labels, collidesWith: contestedId });
  await tx.insert(clusterChanges).values([
    { orgId, clusterId: id, kind: "identity_collision", after: hostname },
    { orgId, clusterId: contestedId, kind: "identity_claimed", after: hostname },
  ]);
  return id;
}

async function insertCluster(
  tx: Transaction,
  agent: Newcomer,
  { uid, labels, collidesWith }: { uid: string; labels: Labels; collidesWith: string | null },
): Promise<string> {
  const speaking = { agentId: agent.id, collidesWith, siteId: agent.siteId };
  const [made] = await tx
    .insert(clusters)
    .values({ ...speaking, orgId: agent.orgId, uid, name: agent.hostname, labels })
    // An agent that had a cluster of its own once gets that one again.
    .onConflictDoUpdate({ target: [clusters.orgId, clusters.uid], set: speaking })
    .returning({ id: clusters.id });
  if (!made) throw new Error("insert into clusters gave no row");
  return made.id;
}

async function moveAgent(tx: Transaction, agent: Newcomer, clusterId: string): Promise<void> {
  await tx
    .update(agents)
    .set({ clusterId })
    .where(and(eq(agents.orgId, agent.orgId), eq(agents.id, agent.id)));
}
