// As a namespace: the agent's bundle then holds only what it uses of zod.
import * as z from "zod";
import { Judgement } from "./health";
import { capacity, claim, csiDriver, snapshot, storageClass, volume } from "./storage-items";

/**
 * What an agent tells of its cluster: items, each of a kind and with a key that is its own within the kind. An item is
 * sent when it is new, changed or gone. So nothing that changes by itself stands in one: times of heartbeats, ages,
 * counters (those are readings, see `metrics.ts`).
 *
 * Moments are seconds since 1970 by the edge's clock. A field that is left out is unknown; why is said by the `source`
 * item of the resource that it comes from. Unknown fields and kinds of newer agents are ignored.
 */
const name = z.string().max(253);
const text = z.string().max(300);
const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const second = z.number().int();
const labels = z.record(z.string().max(320), z.string().max(300));

/** How much of a resource of the API is known. Key: `<plural>` or `<plural>.<group>`. */
const source = z.object({
  status: z.enum(["waiting", "synced", "failing", "denied", "absent", "version_unknown"]).catch("failing"),
  since: second,
  /** The API server's or the connection's own words. */
  reason: text.optional(),
  version: z.string().max(60).optional(),
  /** Served versions that this agent does not know. */
  served: z.array(z.string().max(60)).max(20).optional(),
  /** Objects that exist and are not told: over the bound of their kind, or not readable. */
  leftOut: count.optional(),
});

/** The cluster itself. Key: `cluster`. */
const cluster = z.object({
  gitVersion: z.string().max(120).optional(),
  distribution: z.string().max(60).optional(),
  /** What proves the distribution: the string that was found, and where. */
  distributionProof: text.optional(),
  provider: z.string().max(60).optional(),
  providerProof: text.optional(),
  region: name.optional(),
  zones: z.array(name).max(50).optional(),
  /** Nodes of the control plane that can be seen; managed ones cannot. */
  controlPlaneNodes: count.optional(),
  /**
   * `managed`: the provider's; `replicated`: three or more members of its store are proven; `single`: the loss of one
   * node stops it.
   */
  controlPlane: z.enum(["managed", "single", "replicated", "unknown"]).catch("unknown"),
  /** Group → served versions, preferred first. */
  apiGroups: z.record(z.string().max(253), z.array(z.string().max(60)).max(20)).optional(),
  /** 4, 6 or both, in the order that the cluster prefers. */
  ipFamilies: z
    .array(z.union([z.literal(4), z.literal(6)]))
    .max(2)
    .optional(),
});

/** A node. Key: its name. */
const node = z.object({
  uid: z.string().max(60).optional(),
  /** Of the machine that it is. */
  systemUuid: z.string().max(100).optional(),
  machineId: z.string().max(100).optional(),
  providerId: z.string().max(300).optional(),
  bootId: z.string().max(100).optional(),
  roles: z.array(z.string().max(60)).max(20),
  architecture: z.string().max(30).optional(),
  operatingSystem: z.string().max(30).optional(),
  osImage: z.string().max(200).optional(),
  kernelVersion: z.string().max(120).optional(),
  containerRuntime: z.string().max(120).optional(),
  kubeletVersion: z.string().max(120).optional(),
  instanceType: z.string().max(120).optional(),
  zone: name.optional(),
  pool: name.optional(),
  createdAt: second.optional(),
  internalIps: z.array(z.string().max(60)).max(10).optional(),
  isSchedulable: z.boolean(),
  taints: z.array(z.string().max(400)).max(50),
  /** Condition type → True, False or Unknown, of those that are not as they should be, and Ready always. */
  conditions: z.record(
    z.string().max(120),
    z.object({ status: z.string().max(20), since: second.optional(), reason: text.optional() }),
  ),
  capacity: z.record(z.string().max(253), amount),
  allocatable: z.record(z.string().max(253), amount),
  requested: z.object({ cpuCores: amount, memoryBytes: amount }).optional(),
  pods: count.optional(),
  /** How whole processors are given to pods (`none`, `static`, …); only its kubelet tells it, where that is asked. */
  cpuManagerPolicy: z.string().max(60).optional(),
  gpu: z.object({ product: z.string().max(120).optional(), count }).optional(),
  /** Pieces of the host that the system on top added: extensions of the operating system, feature labels. */
  labels,
  ...Judgement,
});

export const QOS_CLASSES = ["Guaranteed", "Burstable", "BestEffort"] as const;
const qosClass = z.enum(QOS_CLASSES).optional().catch(undefined);

/** Something that runs pods. Key: `<kind>/<namespace>/<name>`. */
const workload = z.object({
  kind: z.string().max(60),
  namespace: name,
  name,
  /** Key of its application. */
  application: z.string().max(520),
  wanted: count.optional(),
  ready: count.optional(),
  qosClass,
  /** Sums over the containers of all its pods. */
  requests: z.object({ cpuCores: amount, memoryBytes: amount }).optional(),
  limits: z.object({ cpuCores: amount, memoryBytes: amount }).optional(),
  /** Containers that have no request of either. */
  withoutRequests: count.optional(),
  images: z.array(z.string().max(300)).max(20),
  claims: z.array(name).max(200),
  /** Nodes that its pods run on. */
  nodes: count.optional(),
  createdAt: second.optional(),
  ...Judgement,
});

/** Workloads that belong together. Key: `<namespace>/<name>`. */
const application = z.object({
  namespace: name,
  name,
  /** What says that they belong together. */
  by: z.enum(["part_of", "instance", "helm", "flux", "namespace"]).catch("namespace"),
  /** Release, Flux object, or version label, as far as it is told. */
  managedBy: text.optional(),
  version: z.string().max(120).optional(),
  workloads: count,
  wanted: count.optional(),
  ready: count.optional(),
  /** The least of its workloads. */
  qosClass,
  requests: z.object({ cpuCores: amount, memoryBytes: amount }).optional(),
  claims: count,
  claimedBytes: amount.optional(),
  /** Disruption budgets that select one of its pods. */
  budgets: count.optional(),
  ...Judgement,
});

/** A namespace. Key: its name. */
const namespace = z.object({
  phase: z.string().max(60).optional(),
  networkPolicies: count.optional(),
  quotas: count.optional(),
  createdAt: second.optional(),
});

/** A disruption budget. Key: `<namespace>/<name>`. */
const budget = z.object({
  namespace: name,
  name,
  allowed: count.optional(),
  healthy: count.optional(),
  wanted: count.optional(),
  expected: count.optional(),
});

/** A resource quota. Key: `<namespace>/<name>`. */
const quota = z.object({
  hard: z.record(z.string().max(253), amount),
  used: z.record(z.string().max(253), amount),
});

/** A service that is reached from outside, or has two IP families. Key: `<namespace>/<name>`. */
const service = z.object({
  type: z.string().max(30),
  ipFamilies: z.array(z.string().max(10)).max(2),
  ports: z.array(z.string().max(60)).max(50),
  addresses: z.array(z.string().max(253)).max(20),
});

/** Events of type Warning of one reason and kind of object, folded. Key: `<namespace>/<kind>/<reason>`. */
const warning = z.object({
  namespace: name,
  kind: z.string().max(60),
  reason: z.string().max(120),
  /** Rounded down to a power of two: that it grows is told, and not each time. */
  count,
  /** Objects concerned, at least. */
  objects: count,
  /** One of them, and its newest message. */
  example: name,
  message: text.optional(),
  /** Rounded down to a quarter of an hour. */
  firstAt: second,
  lastAt: second,
});

/** A system that was recognised. Key: its name on the wire (`systems.ts`). */
const system = z.object({
  version: z.string().max(120).optional(),
  namespace: name.optional(),
  /** What proves that it is here: the string that was found, and where. */
  proof: text,
  /** Parts that are told as items of their own, by health; without single backups and what else is over. */
  parts: z.object({ total: count, healthy: count, unknown: count }),
  ...Judgement,
});

/** One object of a system that has a health of its own. Key: `<system>/<type>/<namespace>/<name>`. */
const part = z.object({
  system: z.string().max(60),
  /** Kind of the object, as the system calls it. */
  type: z.string().max(60),
  namespace: name.optional(),
  name,
  /** Names with their unit at the end, as those of readings. */
  figures: z.record(z.string().max(60), z.number()).optional(),
  /** Seconds since 1970. */
  moments: z.record(z.string().max(60), second).optional(),
  texts: z.record(z.string().max(60), text).optional(),
  ...Judgement,
});

export const ITEM_SCHEMAS = {
  source,
  cluster,
  node,
  namespace,
  application,
  workload,
  claim,
  volume,
  storageClass,
  csiDriver,
  capacity,
  snapshot,
  budget,
  quota,
  service,
  warning,
  system,
  part,
} as const;

export type ItemKind = keyof typeof ITEM_SCHEMAS;
export type ItemOf<K extends ItemKind> = z.infer<(typeof ITEM_SCHEMAS)[K]>;
export const ITEM_KINDS = Object.keys(ITEM_SCHEMAS) as ItemKind[];

/** All that is told of a cluster: kind → key → item. */
export type ClusterItems = { [K in ItemKind]?: ReadonlyMap<string, ItemOf<K>> };
