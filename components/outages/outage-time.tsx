"use client";

import { useLocale, useTranslations } from "next-intl";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { quantityText } from "@/contract/units";
import type { Outage } from "./use-outage-text";

/** Since when it goes on, or how long it lasted and when that was. */
export function OutageTime({ outage }: { outage: Pick<Outage, "beganFrom" | "beganTo" | "endedAt"> }) {
  const t = useTranslations("outages");
  const moment = useMomentText();
  const locale = useLocale();
  const { beganFrom, beganTo, endedAt } = outage;
  const age = useClock((nowMs) => (endedAt ? moment.clock(endedAt, nowMs) : moment.age(beganTo, nowMs)));
  const lasted = endedAt
    ? quantityText("seconds", Math.max(0, (endedAt.getTime() - beganTo.getTime()) / 1000), locale)
    : "";
  return (
    <time
      dateTime={(endedAt ?? beganTo).toISOString()}
      title={`${moment.exact(beganFrom)} – ${moment.exact(beganTo)}`}
      className="shrink-0 text-right text-caption text-ink-faint tabular-nums"
    >
      {endedAt ? (
        <>
          {age}
          <span className="block">{t("lasted", { time: lasted })}</span>
        </>
      ) : (
        t("since", { time: age })
      )}
    </time>
  );
}
