"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import { useClock } from "./clock";
import { isFresh, type Moment, toMs } from "./freshness";
import { Hint } from "./hint";
import { useMomentText } from "./moment-text";
import { type Provenance, ProvenanceList } from "./provenance";

export type FreshnessMarkProps = {
  /** When it was observed at the edge; null when it never was. */
  observedAt: Moment | null;
  /** Older than this, and the figure is unknown: mostly three of the sender's own intervals. */
  staleAfterSeconds: number;
  provenance: Provenance;
  /** The figure itself; it greys when it is too old. */
  children?: ReactNode;
  /** In narrow places: `last 14:02` without the rest. */
  isShort?: boolean;
  className?: string;
};

/** The age of a figure, quietly; when too old, what was last known and since when it is unknown. */
export function FreshnessMark(props: FreshnessMarkProps) {
  const { observedAt, staleAfterSeconds, provenance, children, isShort = false, className } = props;
  const t = useTranslations("shell.freshness");
  const locale = useLocale();
  const moment = useMomentText();
  const fresh = useClock((nowMs) => isFresh(observedAt, staleAfterSeconds, nowMs));
  const text = useClock((nowMs) => {
    if (observedAt === null) return t("never");
    if (isFresh(observedAt, staleAfterSeconds, nowMs)) return moment.age(observedAt, nowMs);
    const last = moment.clock(observedAt, nowMs);
    if (isShort) return t("staleShort", { last });
    return t("staleSince", {
      last, // On the same day as the last one, its time is enough.
      since: moment.clock(toMs(observedAt) + staleAfterSeconds * 1000, toMs(observedAt)),
    });
  });
  const content = (
    <ProvenanceList
      provenance={provenance}
      observedAtText={observedAt === null ? null : moment.exact(observedAt)}
      ruleText={t("rule", { limit: quantityText("seconds", staleAfterSeconds, locale) })}
    />
  );
  return (
    <span className={cn("inline-flex items-baseline gap-2", className)} data-fresh={fresh}>
      {children ? <span className={fresh ? undefined : "text-ink-faint"}>{children}</span> : null}
      <Hint content={content} className="font-normal text-caption text-ink-faint tabular-nums tracking-normal">
        {fresh ? (
          <>
            <span className="sr-only">{t("ageLabel", { age: text })}</span>
            <span aria-hidden>{text}</span>
          </>
        ) : (
          <StateMark state="unknown" word={text} className="whitespace-normal" />
        )}
      </Hint>
    </span>
  );
}
