import type { ItemOf } from "@/contract/cluster/items";
import { trouble } from "./fate";
import { FLAVOUR } from "./flavours";
import { uuidFrom } from "./fleet-agent";
import type { ClusterPlan } from "./fleet-plan";
import { healthy, ill, type Judged } from "./judged";
import { between, chance, pick } from "./noise";

const GIBIBYTE = 2 ** 30;
const MEBIBYTE = 2 ** 20;

const NAMES = {
  edge: ["kasse", "sensorik", "anzeige", "mqtt-broker"],
  cloud: ["shop", "checkout", "search", "identity", "recommend", "grafana", "ingress"],
  datacentre: ["erp", "mes", "warehouse", "registry", "ledger", "grafana", "ingress"],
} as const;
/** Of these one is a database with claims. */
const WITH_CLAIMS: ReadonlySet<string> = new Set(["kasse", "shop", "search", "erp", "mes", "registry", "ledger"]);

export type ApplicationPlan = {
  key: string;
  namespace: string;
  name: string;
  version: string;
  replicas: number;
  cpuCores: number;
  memoryBytes: number;
  claims: { key: string; name: string; sizeBytes: number }[];
};

/** What runs in a cluster; the same at any time. */
export function applicationsOf({ name, site, applications, nodes }: ClusterPlan): ApplicationPlan[] {
  const cores = nodes.reduce((sum, node) => sum + node.cores, 0);
  return NAMES[site.kind].slice(0, applications).map((word) => {
    const words = [name, word] as const;
    const replicas = nodes.length === 1 ? 1 : pick([1, 2, 3], ...words, "replicas");
    const share = between(0.02, 0.09, ...words, "share");
    const claims = WITH_CLAIMS.has(word)
      ? Array.from({ length: replicas }, (_, at) => ({
          key: `${word}/data-${word}-db-${at}`,
          name: `data-${word}-db-${at}`,
          sizeBytes: pick([8, 20, 50, 100], ...words, "claim") * GIBIBYTE,
        }))
      : [];
    return {
      key: `${word}/${word}`,
      namespace: word,
      name: word,
      version: `${pick([1, 2, 4], ...words, "major")}.${Math.floor(between(0, 20, ...words, "minor"))}.0`,
      replicas,
      cpuCores: Math.round(20 * cores * share) / 20,
      memoryBytes: Math.round((cores * share * 2.5 * GIBIBYTE) / MEBIBYTE) * MEBIBYTE,
      claims,
    };
  });
}

export type ApplicationState = Judged & { ready: number; since: number | null };

const TROUBLES = [
  (replicas: number) => ill("degraded", "crash_looping", `0/${replicas}, back-off restarting failed container`),
  () => ill("degraded", "image_pull", "ImagePullBackOff: registry.example.com answers 503"),
  () => ill("degraded", "out_of_memory", "OOMKilled"),
  () => ill("degraded", "unschedulable", "Insufficient memory"),
] as const;

/** How an application is at a moment. */
export function applicationState(plan: ClusterPlan, { key, replicas }: ApplicationPlan, at: number): ApplicationState {
  const name = `${plan.name} ${key}`;
  const since = trouble(name, at, { share: 0.012, hours: 7 });
  if (since === null) return { ...healthy, ready: replicas, since };
  const told = pick(TROUBLES, name, "kind")(replicas);
  const ready = replicas - 1;
  return { ...told, ...(ready === 0 ? { health: "failed" as const } : {}), ready, since };
}

type Told = {
  application: Map<string, ItemOf<"application">>;
  workload: Map<string, ItemOf<"workload">>;
  claim: Map<string, ItemOf<"claim">>;
  warning: Map<string, ItemOf<"warning">>;
};

/** What the agent of a cluster tells of its applications. */
export function applicationItems(plan: ClusterPlan, at: number, createdAt: number): Told {
  const told: Told = { application: new Map(), workload: new Map(), claim: new Map(), warning: new Map() };
  const { storageClass } = FLAVOUR[plan.flavour];
  for (const one of applicationsOf(plan)) {
    const { key, namespace, name, replicas, claims } = one;
    const { health, reasons, ready, since } = applicationState(plan, one, at);
    const requests = { cpuCores: one.cpuCores, memoryBytes: one.memoryBytes };
    told.application.set(key, {
      ...{ namespace, name, by: "instance", managedBy: `HelmRelease ${namespace}/${name}`, version: one.version },
      ...{ workloads: claims.length > 0 ? 2 : 1, wanted: replicas + claims.length, ready: ready + claims.length },
      ...{ qosClass: "Burstable", requests, claims: claims.length },
      claimedBytes: claims.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      budgets: replicas > 1 ? 1 : 0,
      health,
      reasons,
    });
    const common = { namespace, application: key, qosClass: "Burstable" as const, createdAt };
    told.workload.set(`Deployment/${namespace}/${name}`, {
      ...common,
      ...{ kind: "Deployment", name, wanted: replicas, ready, requests },
      ...{
        images: [`registry.example.com/${namespace}/${name}:${one.version}`],
        claims: [],
        nodes: Math.min(replicas, plan.nodes.length),
      },
      health,
      reasons,
    });
    if (claims.length > 0) {
      told.workload.set(`StatefulSet/${namespace}/${name}-db`, {
        ...common,
        ...{ kind: "StatefulSet", name: `${name}-db`, wanted: claims.length, ready: claims.length },
        ...{ images: ["ghcr.io/cloudnative-pg/postgresql:17.6"], claims: claims.map((claim) => claim.name) },
        ...{ nodes: Math.min(replicas, plan.nodes.length), ...healthy },
      });
    }
    for (const claim of claims) {
      const uid = uuidFrom(`${plan.uid} ${claim.key}`);
      told.claim.set(claim.key, {
        ...{ namespace, name: claim.name, uid, phase: "Bound", storageClass: storageClass.name, volume: `pvc-${uid}` },
        ...{ accessModes: ["ReadWriteOnce"], requestedBytes: claim.sizeBytes, capacityBytes: claim.sizeBytes },
        ...{ createdAt, applications: [key], ...healthy },
      });
    }
    if (since !== null) {
      const quarter = Math.floor(since / 900) * 900;
      told.warning.set(`${namespace}/Pod/BackOff`, {
        ...{
          namespace,
          kind: "Pod",
          reason: "BackOff",
          count: 64,
          objects: 1,
          example: `${name}-${chance(name).toString(36).slice(2, 7)}`,
        },
        ...{ message: "Back-off restarting failed container main in pod", firstAt: quarter, lastAt: quarter + 900 },
      });
    }
  }
  return told;
}
