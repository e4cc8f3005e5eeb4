import type { Outputs } from "@/server/root";

type Storage = Outputs["telemetry"]["storage"]["get"];
export type HistoryKind = keyof Storage["cost"]["kinds"];

/** The kinds of history, the finest first, and the setting that says how many days of each are kept. */
export const HISTORY_KINDS = [
  { kind: "raw", setting: "rawDays" },
  { kind: "fiveMinutes", setting: "fiveMinuteDays" },
  { kind: "hours", setting: "hourDays" },
] as const satisfies readonly { kind: HistoryKind; setting: keyof Storage["limits"] }[];

/** Bytes that one more day of a kind costs, by the days that are there; null before there is one. */
export function costPerDay({ bytes, days }: Storage["cost"]["kinds"][HistoryKind]): number | null {
  return days > 0 ? bytes / days : null;
}

/** A whole number of days within the limits as somebody typed it; null when it is none. */
export function parseDays(text: string, { min, max }: { min: number; max: number }): number | null {
  const days = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : Number.NaN;
  return days >= min && days <= max ? days : null;
}

/** Label names as somebody typed them, parted by commas or spaces; each once. */
export function parseLabelNames(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}
