import { hasRole } from "@/agent/kubernetes/facts/control-plane";
import { degraded, type Finding, failed } from "@/agent/kubernetes/facts/judge";
import type { Reader, Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { lastRun, newestRuns, type Run, runSummary } from "./backup-run";
import { partOf, sumOfAll } from "./part";
import type { Part, SystemFacts } from "./system";

const FILES = "etcdsnapshotfiles.k3s.cattle.io";
type File = Kept<typeof FILES>;

/** Snapshots that K3s and RKE2 take of their etcd. Servers that keep their state in SQLite or outside have none. */
export const etcdSnapshots: SystemFacts = {
  system: "etcd_snapshots",
  needs: [FILES],
  alsoReads: ["nodes"],
  recognise: (reader) => {
    if (!reader.view.api.groups?.has("k3s.cattle.io")) return undefined;
    const [file] = reader.view.list(FILES).values();
    if (file) return `ETCDSnapshotFile ${file.metadata.name}`;
    const [node] = etcdNodes(reader);
    return node && `role etcd of node ${node}`;
  },
  history: ["ETCDSnapshotFile"],
  parts: (sight) => {
    const runs = runsByNode(sight);
    return [...runs].flatMap(([node, own]) => [nodePart(node, own), ...newestRuns(own).map(filePart)]);
  },
};

const etcdNodes = ({ view }: Pick<Reader, "view">) =>
  [...view.list("nodes").values()].filter((node) => hasRole(node, "etcd")).map(({ metadata }) => metadata.name);

function runsByNode({ view }: Sight): Map<string, Run<File>[]> {
  const byNode = new Map<string, Run<File>[]>(etcdNodes({ view }).map((node) => [node, []]));
  for (const file of view.list(FILES).values()) {
    const { spec, status, metadata } = file;
    const node = spec?.nodeName ?? "";
    const run: Run<File> = {
      object: file,
      outcome: status?.error ? "failed" : status?.readyToUse ? "succeeded" : "running",
      startedAt: metadata.creationTimestamp,
      endedAt: status?.error?.time ?? status?.creationTime,
    };
    byNode.set(node, [...(byNode.get(node) ?? []), run]);
  }
  return byNode;
}

function nodePart(node: string, runs: readonly Run<File>[]): Part {
  const last = lastRun(runs);
  const { figures, moments } = runSummary(runs);
  const findings: (Finding | false)[] = [
    !last && degraded("no_backup_yet"),
    last?.outcome === "failed" && failed("last_backup_failed", last.object.status?.error?.message),
  ];
  const good = runs.filter(({ outcome }) => outcome === "succeeded");
  const outside = good.filter(({ object }) => isOutside(object));
  return partOf("Node", { name: node }, findings, {
    figures: { ...figures, outside: outside.length, bytes: sumOfAll(good.map(({ object }) => object.status?.size)) },
    moments: { ...moments, lastOutsideAt: runSummary(outside).moments.lastSuccessAt },
  });
}

/** On a disk of the node itself it is gone with the node. */
const isOutside = ({ spec }: File) => spec?.s3 !== undefined || !!spec?.location?.startsWith("s3://");

function filePart({ object, outcome, endedAt }: Run<File>): Part {
  const { metadata, spec, status } = object;
  const findings = [
    outcome === "failed" && failed("backup_failed", status?.error?.message),
    outcome === "running" && degraded("running"),
  ];
  return partOf("ETCDSnapshotFile", metadata, findings, {
    figures: { bytes: status?.size },
    moments: { endedAt },
    texts: { node: spec?.nodeName, location: spec?.location, bucket: spec?.s3?.bucket },
  });
}
