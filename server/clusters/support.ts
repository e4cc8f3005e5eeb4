import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { supportDatesPath } from "@/server/config";
import { log } from "@/server/log";
import builtIn from "./support-dates.json";

const Day = z.iso.date();
/** Until when versions are supported: product → cycle (`1.36`) → days. A cycle with `ends: null` has no end yet. */
export const SupportDates = z.object({
  source: z.string().min(1),
  sourceUrl: z.url(),
  /** The day that this was true. */
  asOf: Day,
  products: z.record(
    z.string(),
    z.record(z.string(), z.object({ ends: Day.nullable(), extendedEnds: Day.optional() })),
  ),
});
export type SupportDates = z.infer<typeof SupportDates>;

const BUILT_IN = SupportDates.parse(builtIn);
/** The operator's own file is looked at so often. */
const LOOK_MS = 60_000;
let own: { path: string; changedMs: number; dates: SupportDates } | null = null;
let lookedAtMs = 0;

/**
 * The dates that hold now: those of the file that FERNBLICK_SUPPORT_DATES names, read again when it changes, else those
 * that came with this version. A file that cannot be read or does not fit is told in the log, and changes nothing.
 */
export function currentSupportDates(path = supportDatesPath(), nowMs = Date.now()): SupportDates {
  if (!path) return BUILT_IN;
  if (own?.path === path && nowMs - lookedAtMs < LOOK_MS) return own.dates;
  lookedAtMs = nowMs;
  try {
    const { mtimeMs } = statSync(path);
    if (own?.path === path && own.changedMs === mtimeMs) return own.dates;
    own = { path, changedMs: mtimeMs, dates: SupportDates.parse(JSON.parse(readFileSync(path, "utf8"))) };
  } catch (error) {
    log.error({ err: error, path }, "support dates: the file cannot be used; what was known before stays");
  }
  return own?.path === path ? own.dates : BUILT_IN;
}
