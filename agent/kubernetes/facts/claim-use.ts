import type { Derived } from "./section";
import { type Workload, workloadModel } from "./workload-model";

/** Which workloads mount which claims. */
export type ClaimUse = {
  /** Key of the claim → keys of the workloads. */
  byClaim: ReadonlyMap<string, ReadonlySet<string>>;
  /** Key of the workload → names of the claims, in its namespace. */
  byWorkload: ReadonlyMap<string, ReadonlySet<string>>;
};

/** Told by pods and templates; a stateful set without pods still has the claims of its templates. */
export const claimUse: Derived<ClaimUse> = {
  reads: [...workloadModel.reads, "persistentvolumeclaims"],
  compute: ({ view, get }) => {
    const byClaim = new Map<string, Set<string>>();
    const byWorkload = new Map<string, Set<string>>();
    const { workloads } = get(workloadModel);
    const put = (workload: Workload, claim: string) => {
      entry(byWorkload, workload.key).add(claim);
      entry(byClaim, `${workload.namespace}/${claim}`).add(workload.key);
    };
    for (const workload of workloads.values()) {
      for (const claim of workload.templateClaims) put(workload, claim);
      for (const { spec } of workload.pods) {
        for (const { persistentVolumeClaim } of spec?.volumes ?? []) {
          if (persistentVolumeClaim?.claimName) put(workload, persistentVolumeClaim.claimName);
        }
      }
    }
    const templates = claimTemplates(workloads.values());
    for (const { metadata } of view.list("persistentvolumeclaims").values()) {
      const owner = templates.get(`${metadata.namespace}/${metadata.name.replace(/-\d+$/, "")}`);
      if (owner) put(owner, metadata.name);
    }
    return { byClaim, byWorkload };
  },
};

/** Namespace and name of a claim without its number → the stateful set that made it. */
function claimTemplates(workloads: Iterable<Workload>): Map<string, Workload> {
  const made = new Map<string, Workload>();
  for (const workload of workloads) {
    for (const template of workload.claimTemplates)
      made.set(`${workload.namespace}/${template}-${workload.name}`, workload);
  }
  return made;
}

function entry(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key) ?? new Set();
  map.set(key, known);
  return known;
}
