import { z } from "zod";
import { HEALTHS } from "@/contract/cluster/healths";
import { ITEM_KINDS, ITEM_SCHEMAS, type ItemKind } from "@/contract/cluster/items";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { FleetChange } from "@/server/fleet/shapes";
import { listOf, PAGE_ROWS_MAX } from "@/server/lists/shapes";
import { Support } from "@/server/support/support-schema";
import { ItemReadings } from "./readings";

/** The shapes of the cluster procedures: what goes in, what comes out. */

const Page = {
  search: z.string().max(200).default(""),
  health: z.array(z.enum(HEALTHS)).max(HEALTHS.length).default([]),
  /** Rows to leave out at the start. */
  cursor: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(100),
};

const figure = z.number().nullable();

/** One cluster in a list. What is null is unknown. */
export const ClusterRow = z.object({
  id: z.uuid(),
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  siteId: z.uuid(),
  siteName: z.string(),
  siteLabels: z.record(z.string(), z.string()),
  /** What is at its site is made up by the demo fleet. */
  isSimulated: z.boolean(),
  /** Of what was told last; says nothing of now while the cluster is not connected. */
  health: z.enum(HEALTHS),
  connectivity: z.enum(CONNECTIVITIES),
  /** Another cluster says that it has the same identity. */
  isContested: z.boolean(),
  gitVersion: z.string().nullable(),
  distribution: z.string().nullable(),
  provider: z.string().nullable(),
  region: z.string().nullable(),
  support: Support,
  nodesTotal: figure,
  nodesReady: figure,
  applicationsTotal: figure,
  applicationsUnwell: figure,
  systemsTotal: figure,
  systemsUnwell: figure,
  cpuAllocatableCores: figure,
  cpuRequestedCores: figure,
  memoryAllocatableBytes: figure,
  memoryRequestedBytes: figure,
  claimedBytes: figure,
  /** Resources of its API that could not be read. */
  sourcesUnknown: figure,
  agentId: z.uuid().nullable(),
  intervalSeconds: figure,
  lastReceivedAt: z.date().nullable(),
});
export type ClusterRow = z.infer<typeof ClusterRow>;

export const ClusterList = listOf(ClusterRow);
export type ClusterList = z.infer<typeof ClusterList>;

/** One application of one cluster. What is null is unknown. */
export const ApplicationRow = z.object({
  /** `<cluster>/<key>`. */
  id: z.string(),
  key: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** Of what was told last; says nothing of now while the cluster is not connected. */
  health: z.enum(HEALTHS),
  /** Here, when its health last became another; null = it has not since this console knows it. */
  healthChangedAt: z.date().nullable(),
  version: z.string().nullable(),
  /** What says that its workloads belong together. */
  by: z.string().nullable(),
  workloads: figure,
  /** Replicas. */
  wanted: figure,
  ready: figure,
  clusterId: z.uuid(),
  clusterName: z.string(),
  /** Of its cluster. */
  labels: z.record(z.string(), z.string()),
  siteId: z.uuid(),
  siteName: z.string(),
  siteLabels: z.record(z.string(), z.string()),
  connectivity: z.enum(CONNECTIVITIES),
  intervalSeconds: figure,
  lastReceivedAt: z.date().nullable(),
});
export type ApplicationRow = z.infer<typeof ApplicationRow>;

export const ApplicationList = listOf(ApplicationRow);
export type ApplicationList = z.infer<typeof ApplicationList>;

const SourceItem = ITEM_SCHEMAS.source.extend({ key: z.string() });

/** A part of a cluster that has a version, and how long it is supported. */
const VersionRow = z.object({
  /** `kubernetes`, a system's name, or `containerd`, `kubelet`. */
  component: z.string(),
  version: z.string(),
  /** Nodes with this version; null for what is of the whole cluster. */
  nodes: z.number().int().nullable(),
  support: Support,
  skew: z.object({ minorsBehind: z.number().int(), isAllowed: z.boolean() }).nullable(),
});
export type VersionRow = z.infer<typeof VersionRow>;

export const ClusterDetail = ClusterRow.extend({
  /** UID of its namespace kube-system. */
  uid: z.string(),
  createdAt: z.date(),
  toldAt: z.date().nullable(),
  confirmedAt: z.date().nullable(),
  agentVersion: z.string().nullable(),
  collision: z.object({ clusterId: z.uuid(), name: z.string(), siteName: z.string() }).nullable(),
  /** What is told of the cluster itself. */
  cluster: ITEM_SCHEMAS.cluster.nullable(),
  /** What was measured of the cluster as a whole; null when nothing ever was. */
  readings: ItemReadings.nullable(),
  sources: z.array(SourceItem),
  /** Items of each kind. */
  counts: z.partialRecord(z.enum(ITEM_KINDS as [ItemKind, ...ItemKind[]]), z.number().int()),
  versions: z.array(VersionRow),
  changes: z.array(FleetChange.extend({ subject: z.string().nullable() })),
});
export type ClusterDetail = z.infer<typeof ClusterDetail>;

export const ClusterItemsInput = z.object({
  ...Page,
  clusterId: z.uuid(),
  kind: z.enum(ITEM_KINDS as [ItemKind, ...ItemKind[]]),
  /** Only parts of this system. */
  system: z.string().max(60).nullable().default(null),
});
export type ClusterItemsInput = z.infer<typeof ClusterItemsInput>;

export const ClusterItemList = z.object({
  /** `item` is of its kind (`contract/cluster/items.ts`). */
  rows: z.array(z.object({ key: z.string(), item: z.record(z.string(), z.unknown()), receivedAt: z.date() })),
  total: z.number().int(),
  /** Items among these rows that a newer agent writes in a way that this version does not read. */
  unreadable: z.number().int(),
  /** Of nodes: the machine that each one is, where its own agent tells of it too. */
  machines: z.record(z.string(), z.object({ id: z.uuid(), name: z.string() })),
  /** Of nodes, applications and claims, by their keys: what was measured of them. */
  readings: z.record(z.string(), ItemReadings),
});
export type ClusterItemList = z.infer<typeof ClusterItemList>;
