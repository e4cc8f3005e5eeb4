import { z } from "zod";
import { ENTITY_KINDS } from "@/contract/metrics";
import { AgentHealth } from "@/contract/session";
import { Fact, MachineFacts } from "@/contract/telemetry";
import { UnknownReason } from "@/contract/unknown";
import { IDENTITY_KINDS } from "@/db/schema/fleet";
import { Collision, SharedKey } from "@/server/agents/identity-queries";
import { listOf } from "@/server/lists/shapes";
import { OutageRow } from "@/server/outages/shapes";
import { CONNECTIVITIES } from "./model";

/** The shapes of the fleet procedures: what goes in, what comes out. */

const Labels = z.record(z.string(), z.string());
const figure = z.number().nullable();

/** One machine in a list. A figure that is null is unknown; `unknown` has the reason under the same name. */
export const MachineRow = z.object({
  id: z.uuid(),
  name: z.string(),
  labels: Labels,
  siteId: z.uuid(),
  siteName: z.string(),
  siteLabels: Labels,
  /** What is at its site is made up by the demo fleet. */
  isSimulated: z.boolean(),
  /** Another machine claims the same identity, and its agent is let in; true on both sides. */
  isContested: z.boolean(),
  /** Since when two processes use the key of its agent side by side; null once a person has decided. */
  sharedSince: z.date().nullable(),
  /** Here minus edge, at the last contact. */
  clockOffsetSeconds: z.number().nullable(),
  /** When data last came whose times could not be corrected. */
  clockUnsureAt: z.date().nullable(),
  operatingSystem: Fact.nullable(),
  kernelVersion: Fact.nullable(),
  virtualization: Fact.nullable(),
  coresLogical: figure,
  cpuUsedRatio: figure,
  load1: figure,
  memoryTotalBytes: figure,
  memoryUsedBytes: figure,
  filesystemUsedRatioMax: figure,
  filesystemFullestKey: z.string().nullable(),
  temperatureCelsiusMax: figure,
  powerWatts: figure,
  unknown: z.record(z.string(), UnknownReason),
  readingsObservedAt: z.date().nullable(),
  readingsReceivedAt: z.date().nullable(),
  agentId: z.uuid().nullable(),
  intervalSeconds: z.number().nullable(),
  lastReceivedAt: z.date().nullable(),
  connectivity: z.enum(CONNECTIVITIES),
});
export type MachineRow = z.infer<typeof MachineRow>;

export const MachineList = listOf(MachineRow);
export type MachineList = z.infer<typeof MachineList>;

export const FleetChange = z.object({
  id: z.number().int(),
  /** One of CHANGE_KINDS, or a kind of a newer version. */
  kind: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  observedAt: z.date().nullable(),
  receivedAt: z.date(),
});
export type FleetChange = z.infer<typeof FleetChange>;

const Entity = z.object({
  id: z.number().int(),
  kind: z.enum(ENTITY_KINDS),
  key: z.string(),
  attributes: z.record(z.string(), z.string()),
  readings: z.record(z.string(), z.number()),
  unknown: z.record(z.string(), UnknownReason),
  observedAt: z.date(),
  receivedAt: z.date(),
});

export const MachineDetail = MachineRow.extend({
  facts: MachineFacts,
  factsObservedAt: z.date().nullable(),
  factsReceivedAt: z.date().nullable(),
  identity: z.object({ kind: z.enum(IDENTITY_KINDS), value: z.string() }),
  createdAt: z.date(),
  agentVersion: z.string().nullable(),
  agentReport: AgentHealth.nullable(),
  collision: Collision.nullable(),
  sharedKey: SharedKey.nullable(),
  entities: z.array(Entity),
  changes: z.array(FleetChange),
});
export type MachineDetail = z.infer<typeof MachineDetail>;

/** A sum over machines that says over how many it goes. */
const KnownSum = z.object({ value: z.number().nullable(), known: z.number().int(), total: z.number().int() });
export type KnownSum = z.infer<typeof KnownSum>;

export const ATTENTION_KINDS = [
  "outage",
  "offline",
  "never",
  "filesystem",
  "memory",
  "collision",
  "shared",
  "waiting",
  "clock",
  "clockUnsure",
  "spool",
  "sums",
  "quarantine",
  "quota",
  "clusterNodes",
  "clusterSystems",
  "clusterApplications",
  "clusterCollision",
  "clusterSupport",
] as const;

/** One line of "needs you". */
export const Attention = z.object({
  kind: z.enum(ATTENTION_KINDS),
  severity: z.enum(["warning", "critical"]),
  machineId: z.uuid().nullable(),
  clusterId: z.uuid().nullable(),
  agentId: z.uuid().nullable(),
  name: z.string(),
  /** Null for what is of the whole organisation. */
  siteName: z.string().nullable(),
  /** At a site that is made up by the demo fleet. */
  isSimulated: z.boolean(),
  /** The figure that the sentence names: a ratio, seconds or a count, by kind. */
  figure: z.number().nullable(),
  /** For example the mount point. */
  detail: z.string().nullable(),
  since: z.date().nullable(),
  /** Machines and clusters that it is about; what ranks lines of the same severity. */
  affected: z.number().int(),
  /** Set for an outage. */
  outage: OutageRow.nullable(),
});
export type Attention = z.infer<typeof Attention>;

/** How many machines or clusters are reached, and how many are not. */
const Reached = {
  total: z.number().int(),
  online: z.number().int(),
  offline: z.number().int(),
  never: z.number().int(),
  revoked: z.number().int(),
  /** How many of the total are made up by the demo fleet. */
  simulated: z.number().int(),
};

/** The same change, at one place or at many. */
export const OverviewChange = FleetChange.omit({ id: true }).extend({
  key: z.string(),
  of: z.enum(["machine", "cluster"]),
  /** The add-on that it is about; null where the kind says it all. */
  subject: z.string().nullable(),
  /** Machines or clusters where it happened. */
  places: z.number().int(),
  /** One of them; the newest. */
  placeId: z.uuid(),
  placeName: z.string(),
});
export type OverviewChange = z.infer<typeof OverviewChange>;

export const FleetOverview = z.object({
  machines: z.object(Reached),
  clusters: z.object({
    ...Reached,
    /** Of those that are connected; what the others are is unknown. */
    health: z.object({
      healthy: z.number().int(),
      degraded: z.number().int(),
      failed: z.number().int(),
      paused: z.number().int(),
      unknown: z.number().int(),
    }),
    newestReceivedAt: z.date().nullable(),
    intervalSecondsMax: z.number().nullable(),
  }),
  sites: z.number().int(),
  coresLogical: KnownSum,
  /** Over connected machines only: shares of what is gone say nothing about now. */
  cpuUsedCores: KnownSum,
  memoryTotalBytes: KnownSum,
  memoryUsedBytes: KnownSum,
  powerWatts: KnownSum,
  fullestFilesystem: z
    .object({ machineId: z.uuid(), machineName: z.string(), key: z.string(), usedRatio: z.number() })
    .nullable(),
  newestReceivedAt: z.date().nullable(),
  intervalSecondsMax: z.number().nullable(),
  attention: z.array(Attention),
  /** What needs a person beyond these lines: counted, and shown by their lists. */
  attentionMore: z.object({
    machinesOffline: z.number().int(),
    machinesNever: z.number().int(),
    machinesOther: z.number().int(),
    clustersOffline: z.number().int(),
    clustersNever: z.number().int(),
    clustersUnwell: z.number().int(),
    agentsWaiting: z.number().int(),
  }),
  /** When the last outage ended, of those of the last thirty days. */
  quietSince: z.date().nullable(),
  /** Of the last 24 hours, the newest first. */
  changes: z.array(OverviewChange),
});
export type FleetOverview = z.infer<typeof FleetOverview>;

/** When something was counted that many share. */
export const SharedMoment = z.object({
  countedAt: z.date(),
  /** It was counted before this question came; what changed in between is not in it. */
  isEarlier: z.boolean(),
});
export const SharedOverview = FleetOverview.extend(SharedMoment.shape);
export type SharedOverview = z.infer<typeof SharedOverview>;

export const SiteRow = z.object({ id: z.uuid(), name: z.string(), labels: Labels, machines: z.number().int() });
export type SiteRow = z.infer<typeof SiteRow>;
