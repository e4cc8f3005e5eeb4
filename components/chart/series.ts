/** One point of a series; null is unknown, not zero. */
export type SeriesPoint = {
  /** Milliseconds since 1970. */
  at: number;
  value: number | null;
  /** Smallest and largest within the bucket, where the value is a mean. */
  min?: number | null;
  max?: number | null;
};

export type ChartSeries = {
  id: string;
  /** In the reader's language, or the thing's own name. */
  label: string;
  points: readonly SeriesPoint[];
  /** What it is compared with, already moved onto the same time: drawn thin and grey. */
  isReference?: boolean;
  /** Of a reference: id of the series that it belongs to; left out where it belongs to all of them. */
  of?: string;
  /** Of a reference: its own gap rule, where it was recorded more rarely. */
  gapSeconds?: number;
  /** Of the readings behind the points, where somebody worked it out. */
  summary?: SeriesSummary | null;
};

/** Figures over the whole span; null where only roll-ups are there. */
export type SeriesSummary = {
  min: number | null;
  mean: number;
  max: number | null;
  median: number | null;
  p95: number | null;
};
export const SUMMARY_FIGURES = [
  "min",
  "mean",
  "median",
  "p95",
  "max",
] as const satisfies readonly (keyof SeriesSummary)[];

/** Something that happened, shown as a tick on the time axis. */
export type ChartEvent = { at: number; label: string };

/** Colour of a series by its place; the seventh begins again, so at most six are told apart by colour. */
export const seriesColour = (index: number): string => `var(--series-${(index % 6) + 1})`;

const DIRECT_LABELS_MAX = 4;
/** Narrower than this, names stand above the plot and not at the ends of the lines. */
export const NARROW_PX = 480;

/** Where the names of the series stand; a single one needs none, the question says what it is. */
export function namePlace(seriesCount: number, widthPx: number): "none" | "ends" | "above" {
  if (seriesCount < 2) return "none";
  return seriesCount <= DIRECT_LABELS_MAX && widthPx >= NARROW_PX ? "ends" : "above";
}

export type ChartRow = { at: number; [key: string]: number | [number, number] | null };

/** Key of a series' band from min to max in a chart row. */
export const bandKey = (seriesId: string): string => `${seriesId}:band`;

/**
 * All series on one time line, oldest first. Where a series has nothing, its value is null, and a hole that is longer
 * than the gap rule gets a row of its own, so that no line is drawn across what nobody saw.
 */
export function chartRows(series: readonly ChartSeries[], gapSeconds: number): ChartRow[] {
  const rows = new Map<number, ChartRow>();
  for (const { id, points } of series) {
    for (const point of points) {
      const row = rows.get(point.at) ?? { at: point.at };
      row[id] = point.value;
      const { min, max } = point;
      if (typeof min === "number" && typeof max === "number") row[bandKey(id)] = [min, max];
      rows.set(point.at, row);
    }
  }
  const sorted = [...rows.values()].sort((a, b) => a.at - b.at);
  const gapMs = gapSeconds * 1000;
  return sorted.flatMap((row, index) => {
    for (const { id } of series) row[id] ??= null;
    const next = sorted[index + 1];
    if (!next || next.at - row.at <= gapMs) return [row];
    const gap: ChartRow = { at: row.at + gapMs / 2 };
    for (const { id } of series) gap[id] = null;
    return [row, gap];
  });
}

export type Span = { fromMs: number; toMs: number };

/** The spans, between `fromMs` and `toMs`, in which no series knows anything for longer than the gap rule allows. */
export function unknownSpans(
  series: readonly ChartSeries[],
  range: Span,
  rule: { bucketSeconds: number; gapSeconds: number },
): Span[] {
  const bucketMs = rule.bucketSeconds * 1000;
  const gapMs = rule.gapSeconds * 1000;
  const known = new Set<number>();
  for (const { points, isReference } of series) {
    for (const point of points) if (point.value !== null && !isReference) known.add(point.at);
  }
  const times = [...known].filter((at) => at >= range.fromMs && at <= range.toMs).sort((a, b) => a - b);
  const spans: Span[] = [];
  // A point speaks for the bucket that begins with it.
  let coveredToMs = range.fromMs;
  let beforeMs = range.fromMs;
  for (const at of [...times, range.toMs]) {
    if (at - beforeMs > gapMs) spans.push({ fromMs: coveredToMs, toMs: at });
    coveredToMs = at + bucketMs;
    beforeMs = at;
  }
  return spans;
}

/** The largest value that is drawn: of one series, or of the sum when they are stacked; 0 when all is unknown. */
export function largestValue(rows: readonly ChartRow[], ids: readonly string[], isStacked: boolean): number {
  let largest = 0;
  for (const row of rows) {
    const values = ids.map((id) => (typeof row[id] === "number" ? row[id] : 0));
    const bands = isStacked ? [] : ids.map((id) => row[bandKey(id)]);
    const sum = values.reduce((total, value) => total + value, 0);
    largest = Math.max(
      largest,
      ...(isStacked ? [sum] : values),
      ...bands.map((band) => (Array.isArray(band) ? band[1] : 0)),
    );
  }
  return largest;
}

/** The smallest value that is drawn; only temperatures and the like go below zero. */
export function smallestValue(rows: readonly ChartRow[], ids: readonly string[]): number {
  let smallest = 0;
  for (const row of rows) {
    for (const id of ids) if (typeof row[id] === "number") smallest = Math.min(smallest, row[id]);
  }
  return smallest;
}

/** All series as one, for a stack: a point where every one of them has a value. */
export function sumOf(series: readonly ChartSeries[]): SeriesPoint[] {
  const [first, ...others] = series.map(({ points }) => new Map(points.map((point) => [point.at, point.value])));
  return [...(first ?? [])].flatMap(([at, value]) => {
    const values = [value, ...others.map((byTime) => byTime.get(at) ?? null)];
    const known = values.filter((one) => one !== null);
    return known.length < values.length ? [] : [{ at, value: known.reduce((sum, one) => sum + one, 0) }];
  });
}

/** A sheet would take a text that begins so for a formula and run it (OWASP, "CSV Injection"). */
const FORMULA_START = /^[=+\-@\t\r]/;

function textCell(text: string): string {
  const safe = FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The figures as CSV (RFC 4180): moments in UTC, full precision, empty where unknown. */
export function seriesCsv(series: readonly ChartSeries[], unitName: string): string {
  const times = [...new Set(series.flatMap(({ points }) => points.map((point) => point.at)))].sort((a, b) => a - b);
  const values = series.map(({ points }) => new Map(points.map((point) => [point.at, point.value])));
  const head = ["time", ...series.map(({ label }) => textCell(`${label} (${unitName})`))];
  const lines = times.map((at) => [
    new Date(at).toISOString(),
    ...values.map((byTime) => String(byTime.get(at) ?? "")),
  ]);
  return [head, ...lines].map((line) => line.join(",")).join("\r\n");
}
