import type { Kept } from "@/agent/kubernetes/resources";
import type { ItemOf } from "@/contract/cluster/items";
import { applicationKeyOf } from "./application-of";
import { claimUse } from "./claim-use";
import { condition, degraded, type Finding, failed, judge, unknown, words } from "./judge";
import type { Section, Sight } from "./section";
import { workloadModel } from "./workload-model";

type Claim = Kept<"persistentvolumeclaims">;

const APPLICATIONS_MAX = 50;

export const claimSection: Section = {
  reads: [...claimUse.reads, "persistentvolumeclaims", "storageclasses.storage.k8s.io"],
  describe: (sight) => {
    const claim = new Map<string, ItemOf<"claim">>();
    for (const [key, one] of sight.view.list("persistentvolumeclaims")) claim.set(key, itemOf(key, one, sight));
    return { claim };
  },
};

function itemOf(key: string, claim: Claim, { view, get }: Sight): ItemOf<"claim"> {
  const { metadata, spec, status } = claim;
  const { workloads } = get(workloadModel);
  const users = [...(get(claimUse).byClaim.get(key) ?? [])].flatMap((user) => workloads.get(user) ?? []);
  const storageClass = view.list("storageclasses.storage.k8s.io").get(spec?.storageClassName ?? "");
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    phase: status?.phase,
    storageClass: spec?.storageClassName,
    volume: spec?.volumeName,
    volumeMode: spec?.volumeMode,
    accessModes: spec?.accessModes?.slice(0, 10) ?? [],
    requestedBytes: spec?.resources?.requests?.storage,
    capacityBytes: status?.capacity?.storage,
    createdAt: metadata.creationTimestamp,
    applications: [...new Set(users.map(applicationKeyOf))].sort().slice(0, APPLICATIONS_MAX),
    ...judge(...findings(claim, storageClass?.volumeBindingMode, users.length > 0)),
  };
}

function findings({ status }: Claim, bindingMode: string | undefined, isUsed: boolean): Finding[] {
  const found: Finding[] = [];
  const { phase, conditions } = status ?? {};
  if (phase === "Lost") found.push(failed("volume_lost"));
  // A class may wait for the first pod; until then nothing is wrong.
  else if (phase === "Pending" && (isUsed || bindingMode !== "WaitForFirstConsumer")) found.push(degraded("not_bound"));
  else if (phase !== "Bound" && phase !== "Pending") found.push(unknown("not_told", phase ?? "phase"));
  for (const type of ["VolumeResizeError", "ControllerResizeError", "NodeResizeError"]) {
    const one = condition(conditions, type);
    if (one?.status === "True") found.push(degraded("resize_failed", words(one)));
  }
  const waiting = condition(conditions, "FileSystemResizePending");
  if (waiting?.status === "True") found.push(degraded("resize_waits_for_pod", words(waiting)));
  return found;
}
