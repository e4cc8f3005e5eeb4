import { z } from "zod";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { listOf } from "@/server/lists/shapes";
import { FORMULA_NAMES } from "./capacity";
import { VERDICTS } from "./forecast/forecast";

/** The shapes of the procedures of storage: what goes in, what comes out. Bytes; null is unknown. */

const bytes = z.number().nullable();
const Figures = {
  rawBytes: bytes,
  reservedBytes: bytes,
  provisionedBytes: bytes,
  usedBytes: bytes,
  availableBytes: bytes,
};

export const Pool = z.object({
  key: z.string(),
  system: z.string(),
  name: z.string(),
  ...Figures,
  formula: z.enum(FORMULA_NAMES),
  overProvisioning: z.number().nullable(),
  /** When it came to be told like this. */
  receivedAt: z.date(),
});
export type Pool = z.infer<typeof Pool>;

const PartSum = z.object({ bytes: z.number(), known: z.number().int(), total: z.number().int() });

export const ClassCapacity = z.object({
  key: z.string(),
  provisioner: z.string(),
  parameters: z.record(z.string(), z.string()),
  /** Claims of this class, what they are given and what they hold, each with of how many it is known. */
  provisioned: PartSum,
  used: PartSum,
  /** What the driver says is left, over its topologies; null where it says nothing. */
  availableBytes: bytes,
});
export type ClassCapacity = z.infer<typeof ClassCapacity>;

export const ClusterCapacity = z.object({ pools: z.array(Pool), classes: z.array(ClassCapacity) });
export type ClusterCapacity = z.infer<typeof ClusterCapacity>;

export const OutlookInput = z.object({
  clusterId: z.uuid(),
  kind: z.enum(["volume", "pool"]),
  key: z.string().min(1).max(520),
});
export type OutlookInput = z.infer<typeof OutlookInput>;

const moment = z.date().nullable();
/** What is said of when something is full, and what that stands on. */
const Saying = {
  verdict: z.enum(VERDICTS),
  fullFrom: moment,
  fullLikely: moment,
  fullTo: moment,
  /** Newest reading that it is made of. */
  basedAt: moment,
  basis: z.object({ days: z.number(), spans: z.number(), known: z.number(), steps: z.number() }),
  bytesPerDay: z.number().nullable(),
  ...Figures,
  formula: z.enum(FORMULA_NAMES),
  /** What it is full at. */
  capacityBytes: bytes,
};

export const Outlook = z.object({
  ...Saying,
  stepSeconds: z.number(),
  history: z.array(z.object({ at: z.date(), value: z.number(), min: z.number(), max: z.number() })),
  ahead: z.array(z.object({ at: z.date(), likely: z.number(), low: z.number(), high: z.number() })),
});
export type Outlook = z.infer<typeof Outlook>;

export const UnitRow = z.object({
  id: z.string(),
  kind: z.enum(["pool", "volume"]),
  key: z.string(),
  name: z.string(),
  namespace: z.string().nullable(),
  class: z.string().nullable(),
  ...Saying,
  computedAt: z.date(),
  clusterId: z.string(),
  clusterName: z.string(),
  siteId: z.string(),
  siteName: z.string(),
  connectivity: z.enum(CONNECTIVITIES),
  intervalSeconds: z.number().nullable(),
  lastReceivedAt: moment,
});
export type UnitRow = z.infer<typeof UnitRow>;

export const UnitList = listOf(UnitRow);
export type UnitList = z.infer<typeof UnitList>;
