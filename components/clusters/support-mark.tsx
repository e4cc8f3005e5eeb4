"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Hint } from "@/components/shell/hint";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Support } from "@/server/support/support-schema";

const MARKS: Record<Support["state"], MarkState> = {
  supported: "good",
  ending: "warning",
  extended: "warning",
  ended: "critical",
  unknown: "unknown",
};

/** Until when a version is supported, with where that date is from; `isNamed` where no header says what it is. */
export function SupportMark({ support, isNamed = false }: { support: Support; isNamed?: boolean }) {
  const t = useTranslations("clusters.support");
  const format = useFormatter();
  const day = (text: string | null) =>
    text === null ? "" : format.dateTime(new Date(`${text}T00:00:00Z`), { dateStyle: "medium", timeZone: "UTC" });
  const { state, ends, extendedEnds, cycle, source, asOf } = support;
  const word =
    state === "supported" && ends !== null
      ? t("supportedUntil", { date: day(ends) })
      : state === "ended" && ends === null
        ? t("endedBefore")
        : t(state, { date: day(state === "extended" ? extendedEnds : ends) });
  const content = (
    <>
      {state === "unknown" ? <p>{t("noDate")}</p> : null}
      {state === "extended" ? <p>{t("extendedHelp", { date: day(ends) })}</p> : null}
      {support.isDerived && state !== "unknown" ? <p>{t("derived", { cycle: cycle ?? "" })}</p> : null}
      {source === null ? null : <p className="text-ink-faint">{t("source", { source, asOf: day(asOf) })}</p>}
    </>
  );
  return (
    <Hint content={content}>
      <StateMark state={MARKS[state]} word={isNamed ? t("named", { text: word }) : word} />
    </Hint>
  );
}
