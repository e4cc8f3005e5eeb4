"use client";

import { useFormatter } from "next-intl";

/** A day like `2027-06-28` as people write it; days of support are the same all over the world. */
export function useDayText(): (day: string) => string {
  const format = useFormatter();
  return (day) => format.dateTime(new Date(`${day}T00:00:00Z`), { dateStyle: "medium", timeZone: "UTC" });
}
