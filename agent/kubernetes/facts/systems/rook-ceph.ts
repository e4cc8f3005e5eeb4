import { degraded, type Finding, failed, unknown } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { inSteps, partOf } from "./part";
import { anyOf, byDriver, byGroup, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

type Ceph = Kept<"cephclusters.ceph.rook.io">;

/** Rook looks every minute; what it said so long ago is no longer what is. */
const STALE_AFTER_S = 15 * 60;
const GOOD_PHASES: ReadonlySet<string> = new Set(["Ready", "Connected"]);

const POOLS = {
  CephBlockPool: "cephblockpools.ceph.rook.io",
  CephFilesystem: "cephfilesystems.ceph.rook.io",
  CephObjectStore: "cephobjectstores.ceph.rook.io",
} as const;

export const rookCeph: SystemFacts = {
  system: "rook_ceph",
  needs: ["cephclusters.ceph.rook.io"],
  alsoReads: Object.values(POOLS),
  recognise: anyOf(byGroup("ceph.rook.io"), byDriver("rook_ceph")),
  controllers: imageNamed("ceph"),
  leading: "CephCluster",
  parts: (sight) => [...clusters(sight), ...pools(sight)],
  version: ({ view }) => [...view.list("cephclusters.ceph.rook.io").values()][0]?.status?.version?.version,
};

function clusters(sight: Sight): Part[] {
  return [...sight.view.list("cephclusters.ceph.rook.io").values()].map((one) => {
    const { status, metadata } = one;
    const capacity = status?.ceph?.capacity;
    const total = capacity?.bytesTotal;
    return partOf("CephCluster", metadata, findings(one, sight), {
      figures: {
        totalBytes: total,
        usedBytes: inSteps(capacity?.bytesUsed, total),
        availableBytes: inSteps(capacity?.bytesAvailable, total),
      },
      texts: {
        phase: status?.phase,
        health: status?.ceph?.health,
        fsid: status?.ceph?.fsid,
        version: status?.version?.version,
      },
    });
  });
}

function findings({ status }: Ceph, sight: Sight): Finding[] {
  const { health, details = {} } = status?.ceph ?? {};
  const found: Finding[] = [...freshness(status, sight)];
  const bad = health === "HEALTH_ERR" ? failed : degraded;
  if (health === "HEALTH_WARN" || health === "HEALTH_ERR") {
    const causes = Object.entries(details).map(([code, { message }]) => bad("ceph", `${code}: ${message ?? ""}`));
    found.push(...(causes.length > 0 ? causes : [bad("ceph", health)]));
  } else if (health !== "HEALTH_OK") found.push(unknown("not_told", health ?? "health"));
  if (status?.phase === undefined) found.push(unknown("not_told", "phase"));
  else if (!GOOD_PHASES.has(status.phase))
    found.push((status.phase === "Failure" ? failed : degraded)("phase", `${status.phase}: ${status.message ?? ""}`));
  return found;
}

/** HEALTH_OK stays when nobody looks any more; so does the capacity, which has a moment of its own. */
function freshness(status: Ceph["status"], { nowSeconds, changesAt }: Sight): Finding[] {
  const { lastChecked, capacity } = status?.ceph ?? {};
  const looked: [string, number | undefined][] = [
    ["lastChecked", lastChecked],
    ["capacity.lastUpdated", capacity?.bytesTotal === undefined ? lastChecked : capacity.lastUpdated],
  ];
  return looked.flatMap(([what, at]) => {
    if (at === undefined) return status?.ceph ? [unknown("not_told", what)] : [];
    changesAt(at + STALE_AFTER_S);
    return nowSeconds >= at + STALE_AFTER_S ? [unknown("stale", `${what} ${new Date(at * 1000).toISOString()}`)] : [];
  });
}

function pools({ view }: Sight): Part[] {
  const blockPools = view.list(POOLS.CephBlockPool);
  return Object.entries(POOLS).flatMap(([type, name]) =>
    [...view.list(name).entries()].map(([key, { metadata, status }]) => {
      const spec = type === "CephBlockPool" ? blockPools.get(key)?.spec : undefined;
      return partOf(type, metadata, phaseFindings(status?.phase), {
        figures: { replicas: spec?.replicated?.size },
        texts: { phase: status?.phase, failureDomain: spec?.failureDomain },
      });
    }),
  );
}

function phaseFindings(phase: string | undefined): Finding[] {
  if (phase !== undefined && GOOD_PHASES.has(phase)) return [];
  if (phase === undefined) return [unknown("not_told", "phase")];
  return [(phase === "Failure" ? failed : degraded)("phase", phase)];
}
