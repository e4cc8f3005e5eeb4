"use client";

import { useTranslations } from "next-intl";
import { properName } from "@/components/clusters/proper-names";
import type { Blocker } from "@/server/support/shapes";

/** What stands in the way of an upgrade, in words. */
export function useBlockerText(): (blocker: Blocker) => string {
  const t = useTranslations("support.plan.blockers");
  return (blocker) => {
    switch (blocker.kind) {
      case "kubeletsUnknown":
        return t("kubeletsUnknown", { count: blocker.nodes });
      case "system": {
        const { component, cycle, from, to } = blocker;
        return t("system", { name: properName(component), version: cycle, from, to });
      }
      default:
        return t(blocker.kind);
    }
  };
}
