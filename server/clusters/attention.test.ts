import { describe, expect, test } from "vitest";
import { type ClusterAttentionInput, clusterAttentionOf } from "./attention";

const now = new Date("2026-11-20T12:00:00Z");
const cluster: ClusterAttentionInput = {
  clusterId: "c",
  agentId: "a",
  name: "harbour",
  siteName: "North",
  connectivity: "online",
  isContested: false,
  isInOutage: false,
  isSimulated: false,
  enrolledAt: new Date("2026-11-20T11:58:00Z"),
  lastReceivedAt: now,
  nodesTotal: 3,
  nodesReady: 3,
  systemsUnwell: 0,
  applicationsUnwell: 0,
};
const told = (change: Partial<ClusterAttentionInput>) =>
  clusterAttentionOf({ ...cluster, ...change }, now).map(
    ({ kind, severity, figure }) => `${severity} ${kind} ${figure}`,
  );

describe("what of a cluster needs a person", () => {
  test.each<[string, Partial<ClusterAttentionInput>, string[]]>([
    ["nothing while all is well", {}, []],
    ["a node that is not ready", { nodesReady: 2 }, ["warning clusterNodes 1"]],
    ["that no node is ready", { nodesReady: 0 }, ["critical clusterNodes 3"]],
    [
      "add-ons and applications",
      { systemsUnwell: 2, applicationsUnwell: 1 },
      ["warning clusterSystems 2", "warning clusterApplications 1"],
    ],
    [
      "nothing where nothing is known",
      { nodesTotal: null, nodesReady: null, systemsUnwell: null, applicationsUnwell: null },
      [],
    ],
    ["silence, and nothing of before", { connectivity: "offline", nodesReady: 0 }, ["critical offline null"]],
    ["nothing of one that was just enrolled", { connectivity: "never" }, []],
    ["one that never reported", { connectivity: "never", enrolledAt: new Date(0) }, ["warning never null"]],
    ["a second cluster with its identity", { isContested: true }, ["critical clusterCollision null"]],
    ["nothing of one whose agent was revoked", { connectivity: "revoked", isContested: true }, []],
  ])("%s", (_, change, lines) => {
    expect(told(change)).toEqual(lines);
  });
});
