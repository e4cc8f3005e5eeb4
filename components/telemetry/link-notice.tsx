"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";

type Trouble = Pick<
  Outputs["telemetry"]["links"]["list"]["sites"][number],
  "thinnedSince" | "droppedMoments" | "spoolError"
> & { totals?: { refusals: number } | null };

type Notice = { name: string; state: MarkState; short: string; long: string };

/** What is not well with the history of a site, the worst first. */
function useNotices({ thinnedSince, droppedMoments, spoolError, totals }: Trouble): Notice[] {
  const t = useTranslations("telemetry.link");
  const moment = useMomentText();
  const time = useClock((nowMs) => (thinnedSince ? moment.clock(thinnedSince, nowMs) : null));
  const notices: Notice[] = [];
  if (droppedMoments > 0) {
    const count = droppedMoments;
    notices.push({
      name: "dropped",
      state: "critical",
      short: t("droppedShort", { count }),
      long: t("dropped", { count }),
    });
  }
  if (spoolError !== null) {
    notices.push({
      name: "memory",
      state: "warning",
      short: t("memoryShort"),
      long: t("memory", { error: spoolError }),
    });
  }
  if (time !== null) {
    notices.push({
      name: "thinned",
      state: "warning",
      short: t("thinnedShort", { time }),
      long: t("thinned", { time }),
    });
  }
  const refusals = totals?.refusals ?? 0;
  if (refusals > 0) {
    notices.push({
      name: "refused",
      state: "warning",
      short: t("refusedShort", { count: refusals }),
      long: t("refused", { count: refusals }),
    });
  }
  return notices;
}

/** The worst notice in a few words; `otherwise`, mostly nothing, where all is well. */
export function LinkNoticeMark({ trouble, otherwise = null }: { trouble: Trouble; otherwise?: ReactNode }) {
  const [worst] = useNotices(trouble);
  return worst ? <StateMark state={worst.state} word={worst.short} /> : otherwise;
}

const TONES: Partial<Record<MarkState, string>> = { critical: "bg-critical-soft", warning: "bg-warning-soft" };

/** Every notice as a sentence with its consequence. */
export function LinkNotices({ trouble }: { trouble: Trouble }) {
  const notices = useNotices(trouble);
  if (notices.length === 0) return null;
  return (
    <div role="status" className="mb-6 flex flex-col gap-2">
      {notices.map(({ name, state, long }) => (
        <p key={name} className={`flex items-baseline gap-3 rounded-md px-3 py-2 text-table ${TONES[state] ?? ""}`}>
          <StateMark state={state} isWordHidden />
          <span className="min-w-0 break-words">{long}</span>
        </p>
      ))}
    </div>
  );
}
