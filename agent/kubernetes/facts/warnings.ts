import { foldWarnings, type Warning } from "@/agent/kubernetes/warnings";
import type { ItemOf } from "@/contract/cluster/items";
import { clip, clipped } from "./judge";
import type { Section } from "./section";

const QUARTER_HOUR_S = 900;

/** Warnings, folded by namespace, kind of object and reason. */
export const warningSection: Section = {
  reads: ["events"],
  describe: ({ view }) => {
    const warning = new Map<string, ItemOf<"warning">>();
    for (const folded of foldWarnings(view.list("events").values())) {
      const item = itemOf(folded);
      if (item) warning.set(`${item.namespace}/${item.kind}/${item.reason}`, item);
    }
    return { warning };
  },
};

/** What repeats every minute must not be another item every minute: counts and moments are rounded down. */
function itemOf({ namespace, kind, reason, firstAt, lastAt, ...rest }: Warning): ItemOf<"warning"> | undefined {
  if (firstAt === null || lastAt === null) return undefined;
  return {
    namespace: namespace ?? "",
    kind: clip(kind, 60),
    reason: clip(reason, 120),
    count: powerOfTwo(rest.count),
    objects: powerOfTwo(rest.objects),
    example: rest.example ?? "",
    message: clipped(rest.message ?? undefined),
    firstAt: quarterHour(firstAt),
    lastAt: quarterHour(lastAt),
  };
}

const powerOfTwo = (count: number) => (count < 1 ? 0 : 2 ** Math.floor(Math.log2(count)));
const quarterHour = (second: number) => second - (second % QUARTER_HOUR_S);
