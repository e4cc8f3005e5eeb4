import { isKnown } from "@/agent/kubernetes/cluster-view";
import type { Kept } from "@/agent/kubernetes/resources";
import type { Pod } from "./pods";
import type { Derived, Reader } from "./section";

type Labels = Record<string, string>;

/** Something that runs pods, and the pods that it has. */
export type Workload = {
  key: string;
  kind: string;
  namespace: string;
  name: string;
  labels: Labels;
  annotations: Labels;
  /** Labels of its pods, told by its template or a pod. */
  podLabels: Labels;
  images: string[];
  /** Claims that its template names. */
  templateClaims: string[];
  /** Names of the templates of its claims (of a stateful set). */
  claimTemplates: string[];
  createdAt: number | undefined;
  pods: Pod[];
  /** Of a job and a cron job: what it has run. */
  jobs: Kept<"jobs.batch">[];
  of: Deployed;
};

/** The object itself; a pod without an owner, or an owner of a kind that is not read, has only its pods. */
export type Deployed =
  | { kind: "Deployment"; object: Kept<"deployments.apps"> }
  | { kind: "StatefulSet"; object: Kept<"statefulsets.apps"> }
  | { kind: "DaemonSet"; object: Kept<"daemonsets.apps"> }
  | { kind: "Job"; object: Kept<"jobs.batch"> }
  | { kind: "CronJob"; object: Kept<"cronjobs.batch"> }
  | { kind: "pods" };

export type WorkloadModel = { workloads: ReadonlyMap<string, Workload>; byPod: ReadonlyMap<string, Workload> };

export const WORKLOAD_RESOURCES = [
  "pods",
  "replicasets.apps",
  "deployments.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
  "cronjobs.batch",
] as const;

export const keyOf = (kind: string, namespace: string | undefined, name: string) =>
  `${kind}/${namespace ?? ""}/${name}`;

/** All workloads with their pods: pod → replica set → deployment, pod → job → cron job, or what else owns the pod. */
export const workloadModel: Derived<WorkloadModel> = {
  reads: WORKLOAD_RESOURCES,
  compute: (reader) => {
    const workloads = new Map<string, Workload>();
    const put = (workload: Workload) => workloads.set(workload.key, workload);
    const { view } = reader;
    for (const object of view.list("deployments.apps").values()) put(deployed({ kind: "Deployment", object }));
    for (const object of view.list("statefulsets.apps").values()) put(deployed({ kind: "StatefulSet", object }));
    for (const object of view.list("daemonsets.apps").values()) put(deployed({ kind: "DaemonSet", object }));
    for (const object of view.list("cronjobs.batch").values()) put(deployed({ kind: "CronJob", object }));
    for (const object of view.list("jobs.batch").values()) {
      const { namespace, ownerReferences } = object.metadata;
      const owner = controllerOf(ownerReferences);
      const known = owner && workloads.get(keyOf(owner.kind, namespace, owner.name));
      if (known) known.jobs.push(object);
      else put({ ...deployed({ kind: "Job", object }), jobs: [object] });
    }
    const byPod = new Map<string, Workload>();
    for (const [key, pod] of view.list("pods")) {
      const workload = takePod(reader, workloads, pod);
      byPod.set(key, workload);
    }
    return { workloads, byPod };
  },
};

function takePod(reader: Reader, workloads: Map<string, Workload>, pod: Pod): Workload {
  const { namespace = "", name } = pod.metadata;
  const owner = ownerOf(reader, pod) ?? { kind: "Pod", name };
  const key = keyOf(owner.kind, namespace, owner.name);
  const workload = workloads.get(key) ?? ownedByOther(key, owner, pod);
  workloads.set(key, workload);
  workload.pods.push(pod);
  for (const { image } of pod.spec?.containers ?? []) {
    if (image && !workload.images.includes(image)) workload.images.push(image);
  }
  return workload;
}

type Owner = { kind: string; name: string };

function ownerOf({ view }: Reader, { metadata: { namespace, ownerReferences, labels } }: Pod): Owner | undefined {
  const owner = controllerOf(ownerReferences);
  // A static pod is owned by its node; it stands for itself.
  if (!owner || owner.kind === "Node") return undefined;
  if (owner.kind === "ReplicaSet") {
    const replicaSet = view.list("replicasets.apps").get(`${namespace}/${owner.name}`);
    return controllerOf(replicaSet?.metadata.ownerReferences) ?? fromHash({ view }, namespace, owner, labels) ?? owner;
  }
  if (owner.kind === "Job") {
    const job = view.list("jobs.batch").get(`${namespace}/${owner.name}`);
    const above = controllerOf(job?.metadata.ownerReferences);
    return above?.kind === "CronJob" ? above : owner;
  }
  return owner;
}

/** Where replica sets are not known: a deployment names its own by its name and the hash that its pods carry. */
function fromHash(
  { view }: Pick<Reader, "view">,
  namespace = "",
  owner: Owner,
  labels: Labels = {},
): Owner | undefined {
  const hash = labels["pod-template-hash"];
  if (isKnown(view.state("replicasets.apps")) || !hash || !owner.name.endsWith(`-${hash}`)) return undefined;
  const name = owner.name.slice(0, -hash.length - 1);
  return view.list("deployments.apps").has(`${namespace}/${name}`) ? { kind: "Deployment", name } : undefined;
}

type References = Kept<"pods">["metadata"]["ownerReferences"];

function controllerOf(references: References): Owner | undefined {
  const one = references?.find(({ controller }) => controller) ?? references?.[0];
  return one?.kind && one.name ? { kind: one.kind, name: one.name } : undefined;
}

function deployed(of: Exclude<Deployed, { kind: "pods" }>): Workload {
  const { metadata } = of.object;
  const template = templateOf(of);
  const claims = template?.spec?.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName) ?? [];
  const templates = of.kind === "StatefulSet" ? of.object.spec?.volumeClaimTemplates : undefined;
  return {
    key: keyOf(of.kind, metadata.namespace, metadata.name),
    kind: of.kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    podLabels: template?.metadata?.labels ?? {},
    images: [...new Set(template?.spec?.containers?.flatMap(({ image }) => image ?? []))],
    templateClaims: claims.filter((claim) => claim !== undefined),
    claimTemplates: templates?.flatMap(({ metadata }) => metadata?.name ?? []) ?? [],
    createdAt: metadata.creationTimestamp,
    pods: [],
    jobs: [],
    of,
  };
}

function templateOf({ kind, object }: Exclude<Deployed, { kind: "pods" }>) {
  if (kind === "CronJob") return object.spec?.jobTemplate?.spec?.template;
  return kind === "Job" ? undefined : object.spec?.template;
}

function ownedByOther(key: string, { kind, name }: Owner, { metadata }: Pod): Workload {
  return {
    key,
    kind,
    namespace: metadata.namespace ?? "",
    name,
    labels: metadata.labels ?? {},
    annotations: {},
    podLabels: metadata.labels ?? {},
    images: [],
    templateClaims: [],
    claimTemplates: [],
    createdAt: metadata.creationTimestamp,
    pods: [],
    jobs: [],
    of: { kind: "pods" },
  };
}
