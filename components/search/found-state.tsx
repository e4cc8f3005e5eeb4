"use client";

import { useTranslations } from "next-intl";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Health } from "@/contract/cluster/healths";
import type { Found } from "./found-href";

const HEALTH_MARKS: Record<Health, MarkState> = {
  healthy: "good",
  degraded: "warning",
  failed: "critical",
  paused: "maintenance",
  unknown: "unknown",
};

/** How a thing is now, in colour, shape and word. What is not connected is unknown since it was heard last. */
export function FoundState({ found }: { found: Found }) {
  const t = useTranslations("search");
  const health = useTranslations("clusters.health");
  const connection = useTranslations("fleet.connectivity");
  const moment = useMomentText();
  const { connectivity, lastReceivedAt } = found;
  const heard = useClock((nowMs) => (lastReceivedAt ? moment.clock(lastReceivedAt, nowMs) : null));
  if (connectivity === null) return null;
  if (connectivity === "never") return <StateMark state="waiting" word={connection("never")} />;
  if (connectivity !== "online") {
    const since = heard ? t("unknownSince", { time: heard }) : health("unknown");
    return <StateMark state="offline" word={connectivity === "revoked" ? connection("revoked") : since} />;
  }
  if (found.kind === "machine") return <StateMark state="good" word={connection("online")} />;
  const told = found.health ?? "unknown";
  return <StateMark state={HEALTH_MARKS[told]} word={health(told)} />;
}
