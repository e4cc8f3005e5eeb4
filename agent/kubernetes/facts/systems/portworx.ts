import { degraded, type Finding, failed, paused, unknown } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import { inSteps, partOf } from "./part";
import { anyOf, byDriver, byGroup, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

/** `Online` is what older operators call a cluster that runs. */
const CLUSTER_PHASES: Record<string, "good" | typeof degraded> = {
  Running: "good",
  Online: "good",
  Initializing: degraded,
  Degraded: degraded,
  Uninstalling: degraded,
  Offline: failed,
  Failed: failed,
  Unknown: unknown,
};
const NODE_STATES: Record<string, "good" | typeof degraded> = {
  Online: "good",
  Initializing: degraded,
  Degraded: degraded,
  NotInQuorum: failed,
  Offline: failed,
  Failed: failed,
  Maintenance: paused,
  Decommissioned: paused,
  Unknown: unknown,
};

export const portworx: SystemFacts = {
  system: "portworx",
  needs: ["storageclusters.core.libopenstorage.org", "storagenodes.core.libopenstorage.org"],
  recognise: anyOf(byGroup("core.libopenstorage.org"), byDriver("portworx")),
  controllers: imageNamed("px-operator"),
  leading: "StorageCluster",
  parts: (sight) => [...clusters(sight), ...nodes(sight)],
  version: ({ view }) => [...view.list("storageclusters.core.libopenstorage.org").values()][0]?.status?.version,
};

function clusters({ view }: Sight): Part[] {
  return [...view.list("storageclusters.core.libopenstorage.org").values()].map(({ metadata, status }) =>
    partOf("StorageCluster", metadata, phaseFindings(CLUSTER_PHASES, status?.phase, status?.reason), {
      texts: { phase: status?.phase, version: status?.version, clusterId: status?.clusterUid },
    }),
  );
}

function nodes({ view }: Sight): Part[] {
  return [...view.list("storagenodes.core.libopenstorage.org").values()].map(({ metadata, status }) => {
    const total = status?.storage?.totalSize;
    // Here the status of a condition is a word of the node's own ("Online"), not True or False.
    const state = status?.conditions?.find(({ type }) => type === "NodeState");
    return partOf("StorageNode", metadata, phaseFindings(NODE_STATES, state?.status ?? status?.phase, state?.message), {
      figures: { totalBytes: total, usedBytes: inSteps(status?.storage?.usedSize, total) },
      texts: {
        phase: status?.phase,
        storage: flagText(status?.nodeAttributes?.storage),
        kvdb: flagText(status?.nodeAttributes?.kvdb),
        zone: status?.geography?.zone,
        rack: status?.geography?.rack,
      },
    });
  });
}

const flagText = (flag: boolean | undefined) => (flag === undefined ? undefined : String(flag));

function phaseFindings(
  phases: typeof CLUSTER_PHASES,
  phase: string | undefined,
  detail: string | undefined,
): Finding[] {
  const is = phases[phase ?? ""] ?? unknown;
  if (is === "good") return [];
  return [phase === undefined ? unknown("not_told", "phase") : is("phase", detail ? `${phase}: ${detail}` : phase)];
}
