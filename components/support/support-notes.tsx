"use client";

import { useLocale, useTranslations } from "next-intl";
import { properName } from "@/components/clusters/proper-names";
import { StateMark } from "@/components/ui/state-mark";
import type { FleetSupport } from "./support-page";
import { useDayText } from "./use-day-text";

/** Where the dates are from and how old they are; louder when they are old, or when an operator's file is wrong. */
export function SupportNotes({ notes }: { notes: FleetSupport["notes"] }) {
  const t = useTranslations("support.notes");
  const locale = useLocale();
  const day = useDayText();
  const listed = new Intl.ListFormat(locale, { type: "conjunction" });
  const stale = notes.origins.filter(({ isStale }) => isStale).flatMap(({ products }) => products.map(properName));
  return (
    <div className="flex flex-col gap-2">
      {notes.problem ? (
        <div role="status" className="flex items-baseline gap-2 rounded-md bg-critical-soft px-3 py-2 text-table">
          <StateMark state="critical" isWordHidden />
          <p className="min-w-0 break-words">
            {t("problem", { file: notes.problem.file })}{" "}
            {notes.problem.at
              ? t("problemAt", { at: notes.problem.at, message: notes.problem.message })
              : notes.problem.message}
          </p>
        </div>
      ) : null}
      {stale.length > 0 ? (
        <div role="status" className="flex items-baseline gap-2 rounded-md bg-warning-soft px-3 py-2 text-table">
          <StateMark state="warning" isWordHidden />
          <p className="min-w-0 break-words">{t("stale", { list: listed.format(stale) })}</p>
        </div>
      ) : null}
      <p className="text-caption text-ink-faint">
        {notes.origins.map(({ source, sourceUrl, asOf }, at) => (
          <span key={`${source} ${asOf}`}>
            {at > 0 ? " · " : null}
            <a href={sourceUrl} rel="noreferrer" target="_blank" className="underline hover:text-ink">
              {t("source", { source, asOf: day(asOf) })}
            </a>
          </span>
        ))}
        {" · "}
        {t("plan", { days: notes.plan.targetDaysMin })}
      </p>
    </div>
  );
}
