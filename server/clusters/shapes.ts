import { z } from "zod";
import { HEALTHS } from "@/contract/cluster/health";
import { ITEM_KINDS, ITEM_SCHEMAS, type ItemKind } from "@/contract/cluster/items";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { FleetChange, PAGE_ROWS_MAX } from "@/server/fleet/shapes";
import { Support } from "@/server/support/model";
import { CLUSTER_SORTS } from "./model";
import { ItemReadings } from "./readings";

/** The shapes of the cluster procedures: what goes in, what comes out. */

const Page = {
  search: z.string().max(200).default(""),
  health: z.array(z.enum(HEALTHS)).max(HEALTHS.length).default([]),
  /** Rows to leave out at the start. */
  cursor: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(100),
};

export const ClusterListInput = z.object({
  ...Page,
  siteId: z.uuid().nullable().default(null),
  connectivity: z.array(z.enum(CONNECTIVITIES)).max(CONNECTIVITIES.length).default([]),
  distribution: z.string().max(60).nullable().default(null),
  sort: z.enum(CLUSTER_SORTS).default("health"),
  order: z.enum(["asc", "desc"]).default("asc"),
});
export type ClusterListInput = z.infer<typeof ClusterListInput>;

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

export const ClusterList = z.object({
  rows: z.array(ClusterRow),
  total: z.number().int(),
  /** How many of the total are connected and told what they are, so that their state is of now. */
  known: z.number().int(),
  /** How many of the total are made up by the demo fleet. */
  simulated: z.number().int(),
  /** Distributions that there are, for the filter. */
  distributions: z.array(z.string()),
});
export type ClusterList = z.infer<typeof ClusterList>;

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
