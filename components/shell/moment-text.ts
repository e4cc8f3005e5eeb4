"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useCallback } from "react";
import { ageOf, type Moment, toMs } from "./freshness";

export type MomentText = {
  /** `14:02` on the same day, else `21 Nov, 14:02`; the year when it is another. */
  clock: (moment: Moment, nowMs: number) => string;
  /** `12 s`, `4 min`, `3 h`, and after a day the date. */
  age: (moment: Moment, nowMs: number) => string;
  /** Everything down to the second, for provenance and export. */
  exact: (moment: Moment) => string;
};

/** How this reader reads moments: language, time zone, 24 hours. */
export function useMomentText(): MomentText {
  const format = useFormatter();
  const t = useTranslations("shell.freshness");
  const clock = useCallback(
    (moment: Moment, nowMs: number) => {
      const day = (ms: number) => format.dateTime(ms, { year: "numeric", month: "numeric", day: "numeric" });
      const year = (ms: number) => format.dateTime(ms, { year: "numeric" });
      const at = toMs(moment);
      const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
      if (day(at) === day(nowMs)) return format.dateTime(at, time);
      return format.dateTime(at, {
        day: "numeric",
        month: "short",
        ...(year(at) === year(nowMs) ? {} : { year: "numeric" }),
        ...time,
      });
    },
    [format],
  );
  const age = useCallback(
    (moment: Moment, nowMs: number) => {
      const said = ageOf(moment, nowMs);
      if (said.unit === "now") return t("now");
      if (said.unit === "date") return clock(moment, nowMs);
      return t(said.unit, { count: said.count });
    },
    [t, clock],
  );
  const exact = useCallback(
    (moment: Moment) => format.dateTime(toMs(moment), { dateStyle: "medium", timeStyle: "long", hourCycle: "h23" }),
    [format],
  );
  return { clock, age, exact };
}
