import { z } from "zod";

const Day = z.iso.date("expected a day like 2027-06-28");
const Minor = z.string().regex(/^\d+\.\d+$/, "expected a minor version like 1.36");

/** Where a statement is from, and the day that it was true. */
const Origin = { source: z.string().min(1), sourceUrl: z.url("expected an address"), asOf: Day };

const Cycle = z.strictObject({
  /** The last day of support; null while no end is announced. */
  ends: Day.nullable(),
  /** The last day of support at a price. */
  extendedEnds: Day.optional(),
  /** Minor versions of Kubernetes that those who make it say it runs on. */
  kubernetes: z.strictObject({ from: Minor, to: Minor }).optional(),
});

const Product = z.strictObject({
  /** As those who make it write it. */
  name: z.string().min(1).max(100),
  ...Origin,
  /** What one support period covers: `1.36` of 1.36.4, or `17` of 17.5. */
  cyclesAre: z.enum(["minor", "major"]).default("minor"),
  cycles: z.record(z.string().regex(/^\d+(\.\d+)?$/, "expected a version like 1.36 or 17"), Cycle),
  /** Of the ranges of Kubernetes, which often stand elsewhere than the dates. */
  kubernetesOrigin: z.strictObject(Origin).optional(),
});

/** How a distribution is brought to a newer minor version. The control plane goes one minor at a time everywhere. */
const UpgradeRule = z.strictObject({
  ...Origin,
  /** Minors that a node may go at a time: more than one where nodes are replaced rather than upgraded. */
  nodeStepMinors: z.number().int().min(1).max(3),
  /** One program is both: a node of the control plane takes its kubelet along. */
  isKubeletInControlPlane: z.boolean(),
  /** The nodes follow in the same step; they cannot stay behind. */
  areNodesWithEachHop: z.boolean(),
  /** Where a kubelet may be less far behind than Kubernetes allows. */
  kubeletBehindMax: z.number().int().min(0).max(3).optional(),
});
export type UpgradeRule = z.infer<typeof UpgradeRule>;

/** What somebody entered for plans: nobody measured it. */
const PlanBasis = z.strictObject({
  source: z.string().min(1),
  asOf: Day,
  /** The version that a path leads to has at least so many days of support left, if there is one. */
  targetDaysMin: z.number().int().min(0).max(1000),
  eveningsPerHop: z.number().positive().max(100),
  nodesPerEvening: z.number().positive().max(100_000),
});
export type PlanBasis = z.infer<typeof PlanBasis>;

/** All that is known of support: dates by product, rules by distribution (`default`: of all others), and entered figures. */
export const SupportData = z.strictObject({
  products: z.record(z.string(), Product),
  rules: z.record(z.string(), UpgradeRule).refine((rules) => "default" in rules, "expected a rule named default"),
  plan: PlanBasis,
});
export type SupportData = z.infer<typeof SupportData>;

/** An operator's own file: each product and rule in it replaces that of the same name, `plan` as a whole. */
export const OwnSupportData = z
  .strictObject({
    products: SupportData.shape.products,
    rules: z.record(z.string(), UpgradeRule),
    plan: PlanBasis,
  })
  .partial();
export type OwnSupportData = z.infer<typeof OwnSupportData>;

/** The rule for a distribution, also for one that nobody wrote a rule for. */
export function ruleOf({ rules }: SupportData, distribution: string | null): UpgradeRule {
  const rule = rules[distribution ?? ""] ?? rules.default;
  if (!rule) throw new Error("support data without a default rule");
  return rule;
}
