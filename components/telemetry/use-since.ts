"use client";

import { useTimeZone } from "next-intl";
import { useMemo } from "react";
import { midnightBefore } from "@/components/chart/axis";
import { useClock } from "@/components/shell/clock";
import { useAddressChoice } from "@/components/shell/use-address-choice";

export const SINCES = ["today", "7d", "30d"] as const;
export type SinceName = (typeof SINCES)[number];
const DAYS: Record<SinceName, number> = { today: 0, "7d": 6, "30d": 29 };
const DAY_MS = 86_400_000;

/** Since when costs are added up: whole days of the reader's own, today included. The choice lives in the address. */
export function useSince(): { name: SinceName; since: Date; choose: (name: SinceName) => void } {
  const [name, choose] = useAddressChoice("since", SINCES);
  const timeZone = useTimeZone() ?? "UTC";
  const sinceMs = useClock((nowMs) => {
    const midnightMs = midnightBefore(nowMs, timeZone);
    // From the noon of that day, so that a day of 23 or 25 hours between makes no difference.
    return DAYS[name] === 0 ? midnightMs : midnightBefore(midnightMs + DAY_MS / 2 - DAYS[name] * DAY_MS, timeZone);
  });
  return { name, since: useMemo(() => new Date(sinceMs), [sinceMs]), choose };
}
