"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useClock } from "@/components/shell/clock";
import { Hint } from "@/components/shell/hint";
import { StateMark } from "@/components/ui/state-mark";
import { quantityParts, quantityText } from "@/contract/units";
import { isClockUnsure } from "@/server/fleet/model";
import { CLOCK_OFFSET_SECONDS_MAX } from "@/server/telemetry/model";

/** A clock that is off by less is right for our purpose, and mostly it is the way here. */
const CLOCK_SECONDS_NOTED = 2;

export type ClockMarkProps = {
  /** Here minus edge; null is unknown. */
  offsetSeconds: number | null;
  /** When data last came whose times could not be corrected. */
  unsureAt: Date | null;
  /** In full, where there is room: `12 min 22 s` and not `12 min`. */
  isExact?: boolean;
  /** Only what is worth a person's look: nothing where the clock is right enough. */
  isQuiet?: boolean;
  whenUnknown?: ReactNode;
};

/** The clock of a machine in words: right, behind or ahead, and whether some of its times may be wrong. */
export function ClockMark({ offsetSeconds, unsureAt, isExact, isQuiet, whenUnknown = null }: ClockMarkProps) {
  const t = useTranslations("fleet.clock");
  const locale = useLocale();
  const isUnsure = useClock((nowMs) => isClockUnsure(unsureAt, new Date(nowMs)));
  const size = Math.abs(offsetSeconds ?? 0);
  if (size > CLOCK_OFFSET_SECONDS_MAX) {
    return (
      <Hint content={t("correctedRule")}>
        <StateMark state="warning" word={offsetText()} />
      </Hint>
    );
  }
  if (isUnsure) {
    return (
      <Hint content={t("unsureRule")}>
        <StateMark state="warning" word={t("unsure")} />
      </Hint>
    );
  }
  if (isQuiet) return null;
  if (offsetSeconds === null) return whenUnknown;
  if (size <= CLOCK_SECONDS_NOTED) return <span className="text-ink-faint">{t("right")}</span>;
  return <span className="whitespace-nowrap">{offsetText()}</span>;

  function offsetText(): string {
    const [largest] = quantityParts("seconds", size, locale);
    const short = largest ? `${largest.value}\u202f${largest.unit}` : quantityText("seconds", size, locale);
    const figure = isExact ? quantityText("seconds", size, locale) : short;
    const direction = (offsetSeconds ?? 0) > 0 ? "behind" : "ahead";
    // Among other facts it has to say what is behind; in its own column the header does.
    return isQuiet ? t(`clock.${direction}`, { figure }) : t(direction, { figure });
  }
}
