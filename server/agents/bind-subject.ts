import type { Transaction } from "@/db/client";
import type { agents } from "@/db/schema/agents";
import type { Labels } from "@/db/schema/fleet";
import { bindCluster } from "@/server/clusters/bind-cluster";
import { bindMachine } from "./activate";

/** What an agent that was let in speaks for: a cluster, or the machine that it runs on. Never both. */
export type Subject = { machineId: string | null; clusterId: string | null };

/** Binds an agent to what it speaks for, which is made when it is new. */
export async function bindSubject(
  tx: Transaction,
  agent: typeof agents.$inferSelect,
  labels: Labels,
): Promise<Subject> {
  const { clusterUid } = agent;
  if (clusterUid) return { machineId: null, clusterId: await bindCluster(tx, { ...agent, clusterUid }, labels) };
  return { machineId: await bindMachine(tx, agent, labels), clusterId: null };
}
