"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Quantity } from "@/components/shell/quantity";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { SUPPORT_STATES, type SupportState } from "@/server/support/model";
import { planHref } from "./support-href";
import type { FleetSupport } from "./support-page";
import { useDayText } from "./use-day-text";

const MARKS: Record<SupportState, MarkState> = {
  supported: "good",
  ending: "warning",
  extended: "warning",
  ended: "critical",
  unknown: "unknown",
};

/** How many clusters are in which state of support, each with the way to them, and who loses it this quarter. */
export function SupportFigures({ fleet }: { fleet: FleetSupport }) {
  const t = useTranslations("support");
  const day = useDayText();
  const { from, until, clusters } = fleet.quarter;
  return (
    <section aria-label={t("title")} className="flex flex-col gap-3">
      <ul className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 xl:grid-cols-5">
        {SUPPORT_STATES.map((state) => (
          <li key={state}>
            <Link
              href={planHref({ states: [state] })}
              className="-mx-2 flex flex-col gap-1 rounded-md px-2 py-1 hover:bg-hover"
            >
              <StateMark state={MARKS[state]} word={t(`states.${state}`)} className="text-table" />
              <span className="font-semibold text-figure text-ink tabular-nums">
                <Quantity kind="count" value={fleet.states[state]} />
              </span>
              <span className="text-caption text-ink-muted">{t(`stateHelp.${state}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p className="text-table">
        <Link href={planHref({ from, until })} className="font-medium text-accent-text hover:underline">
          {t("quarter", { count: clusters })}
        </Link>{" "}
        <span className="text-ink-faint">{t("quarterDays", { from: day(from), until: day(until) })}</span>
      </p>
    </section>
  );
}
