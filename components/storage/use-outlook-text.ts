"use client";

import { useFormatter, useTranslations } from "next-intl";

const DAY_MS = 86_400_000;

/** What is said of when something is full. */
export type Said = {
  verdict: "unknown" | "not_enough_data" | "full" | "filling" | "steady";
  fullFrom: Date | null;
  fullTo: Date | null;
  basedAt: Date | null;
  basis: { days: number };
};

/** "Full between 3 Dec and 9 Dec": as exact as it is near, and never "never". */
export function useOutlookText(): (said: Said) => string {
  const t = useTranslations("storage.outlook");
  const format = useFormatter();
  return ({ verdict, fullFrom, fullTo, basedAt, basis }) => {
    const dayOf = (moment: Date) => {
      const ahead = moment.getTime() - (basedAt ?? moment).getTime();
      if (ahead < 2 * DAY_MS)
        return format.dateTime(moment, {
          day: "numeric",
          month: "short",
          hour: "2-digit",
          minute: "2-digit",
          hourCycle: "h23",
        });
      if (ahead < 300 * DAY_MS) return format.dateTime(moment, { day: "numeric", month: "short" });
      return format.dateTime(moment, { month: "short", year: "numeric" });
    };
    const days = Math.floor(basis.days);
    if (verdict === "steady") {
      return fullFrom ? t("steadyFrom", { days, from: dayOf(fullFrom) }) : t("steady", { days });
    }
    if (verdict !== "filling") return t(verdict);
    if (!fullFrom) return t("later");
    if (!fullTo) return t("from", { from: dayOf(fullFrom) });
    const [from, to] = [dayOf(fullFrom), dayOf(fullTo)];
    return from === to ? t("on", { day: from }) : t("between", { from, to });
  };
}
