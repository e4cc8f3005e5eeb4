import { z } from "zod";
import { PAGE_ROWS_MAX } from "@/server/lists/shapes";
import { SUPPORT_STATES } from "./model";
import { type PlanFilter as Filter, PLAN_FILTER_MAX } from "./plan-filter";
import { Support } from "./support-schema";

/** The shapes of the support procedures: what goes in, what comes out. */

/** What a plan is asked with; `plan-filter.ts` says what it means. */
const PlanFilter = z.object({
  states: z.array(z.enum(SUPPORT_STATES)).max(SUPPORT_STATES.length).default([]),
  product: z.string().max(PLAN_FILTER_MAX.product).nullable().default(null),
  cycle: z.string().max(PLAN_FILTER_MAX.cycle).nullable().default(null),
  distribution: z.string().max(PLAN_FILTER_MAX.distribution).nullable().default(null),
  from: z.iso.date().nullable().default(null),
  until: z.iso.date().nullable().default(null),
  isSkewed: z.boolean().default(false),
  search: z.string().max(PLAN_FILTER_MAX.search).default(""),
}) satisfies z.ZodType<Filter>;

const count = z.number().int();
const day = z.string();

const SupportEnd = z.object({
  product: z.string(),
  cycle: z.string(),
  day,
  kind: z.enum(["end", "extendedEnd"]),
  clusters: count,
  derived: count,
  source: z.string().nullable(),
  asOf: day.nullable(),
});

/** Where the data is from, how old it is, and what is wrong with an operator's own file. */
const SupportNotes = z.object({
  origins: z.array(
    z.object({
      source: z.string(),
      sourceUrl: z.string(),
      asOf: day,
      isStale: z.boolean(),
      products: z.array(z.string()),
    }),
  ),
  plan: z.object({
    source: z.string(),
    asOf: day,
    targetDaysMin: z.number(),
    eveningsPerHop: z.number(),
    nodesPerEvening: z.number(),
  }),
  problem: z.object({ file: z.string(), at: z.string(), message: z.string() }).nullable(),
});
export type SupportNotes = z.infer<typeof SupportNotes>;

export const FleetSupport = z.object({
  /** The day (UTC) that all states are of. */
  today: day,
  total: count,
  states: z.record(z.enum(SUPPORT_STATES), count),
  quarter: z.object({ from: day, until: day, clusters: count }),
  versions: z.array(
    z.object({
      distribution: z.string().nullable(),
      cycle: z.string().nullable(),
      clusters: count,
      support: Support,
    }),
  ),
  /** Nodes by how many minors their kubelet is behind; null: one of both versions is unknown. */
  skew: z.array(z.object({ minorsBehind: count.nullable(), isAllowed: z.boolean().nullable(), nodes: count })),
  /** Clusters with a kubelet that is newer or too old. */
  skewClusters: count,
  components: z.array(z.object({ component: z.string(), cycle: z.string(), clusters: count, support: Support })),
  /** What runs and has no dates at all. */
  undated: z.array(z.object({ component: z.string(), clusters: count })),
  calendar: z.object({ months: z.array(day), ends: z.array(SupportEnd) }),
  notes: SupportNotes,
});
export type FleetSupport = z.infer<typeof FleetSupport>;

export const PlanListInput = PlanFilter.extend({
  cursor: count.min(0).max(1_000_000).default(0),
  limit: count.min(1).max(PAGE_ROWS_MAX).default(100),
});
export type PlanListInput = z.infer<typeof PlanListInput>;

const Step = z.object({ part: z.enum(["controlPlane", "nodes"]), from: count, to: count, nodes: count });

const Blocker = z.discriminatedUnion("kind", [
  /** Its version, or support of it, is not known, so no way is. */
  z.object({ kind: z.literal("unknown") }),
  z.object({ kind: z.literal("noTarget") }),
  z.object({ kind: z.literal("kubeletsTooOld") }),
  z.object({ kind: z.literal("kubeletsNewer") }),
  z.object({ kind: z.literal("kubeletsUnknown"), nodes: count }),
  /** Those who make it name a range that does not hold this minor of Kubernetes. */
  z.object({ kind: z.literal("system"), component: z.string(), cycle: z.string(), from: z.string(), to: z.string() }),
]);
export type Blocker = z.infer<typeof Blocker>;

export const PlanRow = z.object({
  id: z.uuid(),
  name: z.string(),
  siteId: z.uuid(),
  siteName: z.string(),
  distribution: z.string().nullable(),
  gitVersion: z.string().nullable(),
  support: Support,
  /** The minor that the way leads to, like `1.36`; null: nothing to do, or no way is known. */
  target: z.string().nullable(),
  /** Minors of the control plane on the way; null: no way is known. */
  hops: z.array(z.string()).nullable(),
  steps: z.array(Step),
  nodesToDo: count.nullable(),
  /** Estimated from entered figures; null: no way is known. */
  evenings: z.number().nullable(),
  blockers: z.array(Blocker),
  /** Systems of which nobody says which Kubernetes they run on. */
  rangesUnknown: z.array(z.string()),
});
export type PlanRow = z.infer<typeof PlanRow>;

export const PlanList = z.object({ rows: z.array(PlanRow), total: count });
export type PlanList = z.infer<typeof PlanList>;

export const PlanDetail = z.object({
  row: PlanRow,
  rule: z.object({ source: z.string(), sourceUrl: z.string(), asOf: day }),
  /** Kubelets by version, with the nodes' names (the first of many). */
  nodes: z.array(z.object({ version: z.string().nullable(), total: count, names: z.array(z.string()) })),
});
export type PlanDetail = z.infer<typeof PlanDetail>;

/** Languages that a calendar can be in. */
export const FEED_LANGUAGES = ["en", "de"] as const;
export type FeedLanguage = (typeof FEED_LANGUAGES)[number];

export const SupportFeed = z.object({
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  language: z.enum(FEED_LANGUAGES),
});
export type SupportFeed = z.infer<typeof SupportFeed>;
