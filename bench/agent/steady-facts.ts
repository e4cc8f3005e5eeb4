import { deflateRawSync } from "node:zlib";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import type { ResourceName } from "@/agent/kubernetes/resources";
import { Inventory } from "@/agent/session/inventory";
import { Ledger } from "@/agent/session/ledger";
import { AGENT_USER, followPlane, isSettled, many } from "@/agent/testing/followed-plane";
import type { ApiObject, KubePlane } from "@/agent/testing/kube-plane";
import { node } from "@/bench/kubernetes/large-cluster";
import { shareOf } from "@/contract/inventory-share";
import { encodeAnswer, encodeMessage } from "@/contract/messages";

/** As often a kubelet writes the status of a node in which nothing happens (`nodeStatusReportFrequency`). */
const STATUS_SECONDS = 300;
const DAY_SECONDS = 86_400;
/** A node in so many has one pod that warns, each time anew. */
const NODES_PER_WARNING = 20;
const MILLISECONDS = 1000;
const LONG_AGO = "2026-01-01T00:00:00Z";

/**
 * Follows a real API server through so many rounds of what a steady cluster does in five minutes (each kubelet writes
 * its node's status with new heartbeats, a warning is counted up), at the pace of the machine, and counts what the
 * agent's own facts, inventory and ledger make of it on a clock that moves five minutes a round.
 * @returns bytes over the link for one day both ways with framing, the first telling of the whole not counted
 */
export async function steadyFactsBytesPerDay(plane: KubePlane, nodes: number, rounds: number): Promise<number> {
  const warnings = Array.from({ length: Math.ceil(nodes / NODES_PER_WARNING) }, (_, index) => warning(nodes, index));
  for (const event of warnings) await plane.create("events", event);
  await beat(plane, nodes);
  const { view, until, stop } = await followPlane(plane.kubeconfig({ user: AGENT_USER }));
  let changed = new Set<ResourceName | "api">();
  view.onChange((names) => {
    changed = new Set([...changed, ...names]);
  });
  await until(isSettled);
  const facts = new ClusterFacts(view);
  const inventory = new Inventory({ clusterUid: "steady", share: shareOf, deflate: (text) => deflateRawSync(text) });
  const startSeconds = Math.floor(Date.now() / MILLISECONDS);
  let ledger = new Ledger();
  const tell = (second: number) => {
    const names = changed;
    changed = new Set();
    inventory.set(facts.describe(names, startSeconds + second).items, second * MILLISECONDS);
    for (
      let message = inventory.next(second * MILLISECONDS);
      message;
      message = inventory.next(second * MILLISECONDS)
    ) {
      ledger.sent("report", encodeMessage({ ...message, id: 1, sequence: 1 }).length);
      ledger.received(encodeAnswer({ type: "acknowledged", ids: [1] }).length);
      inventory.stored(second * MILLISECONDS);
    }
  };
  tell(0);
  inventory.refused("state_unknown", 0);
  tell(0);
  ledger = new Ledger();
  for (let round = 1; round <= rounds; round++) {
    await beat(plane, nodes);
    for (const event of warnings) await countUp(plane, event, round + 1);
    await until(
      () => [...view.list("events").values()].filter(({ count }) => count === round + 1).length >= warnings.length,
    );
    tell(round * STATUS_SECONDS - MILLISECONDS / 50);
    tell(round * STATUS_SECONDS);
  }
  await stop();
  for (const event of warnings) await plane.delete("events", event);
  return Math.round((ledger.total * DAY_SECONDS) / (rounds * STATUS_SECONDS));
}

/** What kubelets write of nodes in which nothing happens: new heartbeats, and transitions that are long ago. */
async function beat(plane: KubePlane, nodes: number): Promise<void> {
  await many(nodes, async (index) => {
    const { object, status } = node(index);
    const conditions = status.conditions.map((condition) => ({ ...condition, lastTransitionTime: LONG_AGO }));
    await plane.setStatus("nodes", object, { ...status, conditions });
  });
}

function warning(nodes: number, index: number): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `steady-${nodes}-${index}`, namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: `app-${index}-7d9f8c6b5-${index}` },
    reason: "BackOff",
    message: "Back-off restarting failed container",
    lastTimestamp: timestamp(),
    type: "Warning",
    count: 1,
  };
}

async function countUp(plane: KubePlane, { metadata }: ApiObject, count: number): Promise<void> {
  const path = `/api/v1/namespaces/${metadata.namespace}/events/${metadata.name}`;
  await plane.call("PATCH", path, { count, lastTimestamp: timestamp() }, "application/merge-patch+json");
}

const timestamp = () => `${new Date().toISOString().slice(0, 19)}Z`;
