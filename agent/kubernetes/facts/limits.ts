import type { ItemOf } from "@/contract/cluster/items";
import type { Section } from "./section";

export const budgetSection: Section = {
  reads: ["poddisruptionbudgets.policy"],
  describe: ({ view }) => {
    const budget = new Map<string, ItemOf<"budget">>();
    for (const [key, { metadata, status }] of view.list("poddisruptionbudgets.policy")) {
      budget.set(key, {
        namespace: metadata.namespace ?? "",
        name: metadata.name,
        allowed: status?.disruptionsAllowed,
        healthy: status?.currentHealthy,
        wanted: status?.desiredHealthy,
        expected: status?.expectedPods,
      });
    }
    return { budget };
  },
};

export const quotaSection: Section = {
  reads: ["resourcequotas"],
  describe: ({ view }) => {
    const quota = new Map<string, ItemOf<"quota">>();
    for (const [key, { status }] of view.list("resourcequotas")) {
      quota.set(key, { hard: status?.hard ?? {}, used: status?.used ?? {} });
    }
    return { quota };
  },
};
