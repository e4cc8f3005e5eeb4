import { type QuantityKind, quantityScale } from "@/contract/units";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [
  MINUTE_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  5 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  30 * DAY_MS,
];

/** The midnight that began the day of this moment in a zone; also on days that the clocks change. */
export function midnightBefore(atMs: number, timeZone: string): number {
  const wallMs = Math.floor((atMs + zoneOffsetMs(atMs, timeZone)) / DAY_MS) * DAY_MS;
  const guessMs = wallMs - zoneOffsetMs(atMs, timeZone);
  return wallMs - zoneOffsetMs(guessMs, timeZone);
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
function zoneOffsetMs(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-u-hc-h23", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(atMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((found) => found.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(atMs / 1000) * 1000;
}

type TimeTicks = { ticksMs: number[]; isByDay: boolean };

/** Round moments in the reader's own zone, at most `ticksMax` of them; also across a change of the clocks. */
export function timeTicks(fromMs: number, toMs: number, timeZone: string, ticksMax: number): TimeTicks {
  const stepMs = STEPS_MS.find((step) => (toMs - fromMs) / step <= ticksMax) ?? 30 * DAY_MS;
  const ticksMs: number[] = [];
  const firstWallMs = Math.ceil((fromMs + zoneOffsetMs(fromMs, timeZone)) / stepMs) * stepMs;
  for (let wallMs = firstWallMs; ; wallMs += stepMs) {
    const guessMs = wallMs - zoneOffsetMs(wallMs, timeZone);
    const atMs = wallMs - zoneOffsetMs(guessMs, timeZone);
    if (atMs > toMs) break;
    if (atMs >= fromMs) ticksMs.push(atMs);
  }
  return { ticksMs, isByDay: stepMs >= DAY_MS };
}

/** Steps that people count in: 1, 2, 2.5, 5 and their tens; for binary units and time, that unit's own. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}

/** Ticks of the value axis, smallest first: from zero, in round steps of the unit that is written. */
export function valueTicks(kind: QuantityKind, smallest: number, largest: number, isFullRatio: boolean): number[] {
  if (kind === "ratio" && isFullRatio) return [0, 0.25, 0.5, 0.75, 1];
  const top = largest > 0 ? largest : smallest < 0 ? 0 : kind === "ratio" ? 0.01 : 1;
  const { factor } = quantityScale(kind, Math.max(top, -smallest));
  const step = niceStep((top - smallest) / factor / 4) * factor;
  const from = Math.floor(smallest / step + 1e-9);
  const to = Math.ceil(top / step - 1e-9);
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
}

/** Pushes labels apart so that each has its height; keeps their order and stays within the plot where it can. */
export function spreadLabels(positionsPx: readonly number[], heightPx: number, bottomPx: number): number[] {
  const order = positionsPx.map((position, index) => ({ position, index })).sort((a, b) => a.position - b.position);
  let floor = 0;
  for (const label of order) {
    label.position = Math.max(label.position, floor);
    floor = label.position + heightPx;
  }
  let ceiling = bottomPx;
  for (const label of order.reverse()) {
    label.position = Math.min(label.position, ceiling);
    ceiling = label.position - heightPx;
  }
  const spread: number[] = [];
  for (const label of order) spread[label.index] = label.position;
  return spread;
}
