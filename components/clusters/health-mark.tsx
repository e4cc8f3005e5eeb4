"use client";

import { useTranslations } from "next-intl";
import { Hint } from "@/components/shell/hint";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Health } from "@/contract/cluster/healths";

/** The mark of each health. */
export const HEALTH_MARKS: Record<Health, MarkState> = {
  healthy: "good",
  degraded: "warning",
  failed: "critical",
  paused: "maintenance",
  unknown: "unknown",
};

export type HealthMarkProps = {
  health: Health;
  /** The cluster is not reached: then this is what was, and what is now is unknown. */
  isPast?: boolean;
};

/** How something in a cluster is. */
export function HealthMark({ health, isPast = false }: HealthMarkProps) {
  const t = useTranslations("clusters.health");
  if (!isPast || health === "unknown") return <StateMark state={HEALTH_MARKS[health]} word={t(health)} />;
  return (
    <Hint content={t("pastHelp")}>
      <StateMark state="unknown" word={t("past", { health: t(health) })} />
    </Hint>
  );
}
