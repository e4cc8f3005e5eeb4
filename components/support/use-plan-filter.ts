"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type PlanFilter, parsePlanFilter, planFilterParameters } from "@/server/support/plan-filter";

/** Which clusters the plan is for; it lives in the address, so that a plan can be sent to a colleague. */
export function usePlanFilter(): { filter: PlanFilter; update: (change: Partial<PlanFilter>) => void } {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const filter = useMemo(() => parsePlanFilter(new URLSearchParams(parameters)), [parameters]);
  const update = useCallback(
    (change: Partial<PlanFilter>) => {
      const next = planFilterParameters({ ...filter, ...change });
      next.set("tab", "plan");
      window.history.replaceState(null, "", `${pathname}?${next}`);
    },
    [filter, pathname],
  );
  return { filter, update };
}
