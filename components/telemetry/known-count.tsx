"use client";

import { useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";

/** How many are known and how many not: a sum or an order says nothing without it. */
export function KnownCount({ known, unknown }: { known: number; unknown: number }) {
  const t = useTranslations("shell.count");
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5 text-table tabular-nums">
      {t("known", { count: known })}
      {unknown > 0 ? (
        <>
          <span aria-hidden>·</span>
          <StateMark state="unknown" word={t("unknown", { count: unknown })} />
        </>
      ) : null}
    </span>
  );
}
