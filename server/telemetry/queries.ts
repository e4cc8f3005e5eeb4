import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { EntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryEntities, telemetryStreams } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import {
  CHART_UNITS,
  CHART_WINDOWS,
  CHARTS,
  type ChartName,
  ChartPoint,
  type ChartWindow,
  gapSeconds,
  type Line,
  RANGE_SECONDS_MAX,
  RANGE_SECONDS_MIN,
  stepSeconds,
} from "./charts";
import type { LineSeries } from "./series";
import { type EntitySeries, readSeries } from "./series-read";
import { readSettings } from "./settings";

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;

export const ChartInput = z
  .object({
    machineId: z.uuid(),
    chart: z.enum(Object.keys(CHARTS) as [ChartName, ...ChartName[]]),
    /** Which entity, for example the mount point; left out for charts of the machine itself. */
    key: z.string().max(1000).optional(),
    /** Length of the span up to now; left out where `from` and `to` are given. */
    window: z.enum(Object.keys(CHART_WINDOWS) as [ChartWindow, ...ChartWindow[]]).optional(),
    from: z.date().optional(),
    to: z.date().optional(),
    /** Also the same time a week before, moved onto this one. */
    compare: z.literal("week").optional(),
  })
  .refine(({ from, to }) => (from === undefined) === (to === undefined), "expected both from and to, or neither")
  .refine(
    ({ from, to }) => {
      if (!from || !to) return true;
      const seconds = (to.getTime() - from.getTime()) / 1000;
      return seconds >= RANGE_SECONDS_MIN && seconds <= RANGE_SECONDS_MAX;
    },
    `expected a span of ${RANGE_SECONDS_MIN} seconds to ${RANGE_SECONDS_MAX / DAY_SECONDS} days`,
  );
export type ChartInput = z.infer<typeof ChartInput>;

const ChartLine = z.object({
  name: z.string(),
  points: z.array(ChartPoint),
  /** Over the readings themselves; median and p95 are null where only roll-ups were read. */
  summary: z
    .object({
      min: z.number().nullable(),
      mean: z.number(),
      max: z.number().nullable(),
      median: z.number().nullable(),
      p95: z.number().nullable(),
    })
    .nullable(),
});

export const ChartSeries = z.object({
  from: z.date(),
  to: z.date(),
  stepSeconds: z.number(),
  /** Time without readings from which the line is broken. */
  gapSeconds: z.number(),
  gaps: z.array(z.object({ from: z.date(), to: z.date() })),
  unit: z.enum(CHART_UNITS),
  lines: z.array(ChartLine),
  /** The lines of a week before at this time's moments; null when it was not asked for. */
  compared: z.array(ChartLine).nullable(),
  /** As `gapSeconds`, for these: the week before may have been recorded more rarely. */
  comparedGapSeconds: z.number().nullable(),
  /** Moments that the chart is made of. */
  samples: z.number().int(),
  newestObservedAt: z.date().nullable(),
  /** False for a machine that has never told anything of this kind: then there is nothing to read, now or before. */
  hasReported: z.boolean(),
  /** Every reading, or roll-ups of an hour each. */
  source: z.enum(["minutes", "hours"]),
});
export type ChartSeries = z.infer<typeof ChartSeries>;

/**
 * The lines of one chart. Steps without readings are missing, and points further apart than `gapSeconds` have a gap
 * between them; nothing is interpolated.
 *
 * A machine that never told of itself has empty lines.
 * @throws DomainError not_found for a machine that this caller may not see, or a part that it never had
 */
export async function getChart(caller: Caller, input: ChartInput): Promise<ChartSeries> {
  const { kind, unit, lines } = CHARTS[input.chart];
  return asCaller(caller, async (tx) => {
    const entity = await findEntity(tx, caller, input.machineId, kind, input.key ?? "machine");
    if (!entity && (input.key !== undefined || !(await isVisible(tx, caller, input.machineId)))) {
      throw notFound("entity");
    }
    const to = input.to ?? new Date();
    const from = input.from ?? new Date(to.getTime() - CHART_WINDOWS[input.window ?? "1h"] * 1000);
    const range = { from: from.getTime() / 1000, to: to.getTime() / 1000 };
    if (!entity) return nothingReported(from, to, unit, lines);
    const { rawDays } = await readSettings(tx, caller.orgId);
    // Single readings of that time are gone or soon will be.
    const isLongAgo = range.from - (input.compare ? WEEK_SECONDS : 0) < Date.now() / 1000 - (rawDays - 1) * DAY_SECONDS;
    const step = stepSeconds(range.to - range.from, entity.intervalSeconds, isLongAgo);
    const read = (shift: number) =>
      readEntity(tx, {
        orgId: caller.orgId,
        entityIds: [entity.id],
        lines: lines as readonly Line[],
        from: range.from - shift,
        to: range.to - shift,
        stepSeconds: step,
        isLongAgo,
      });
    const series = await read(0);
    const before = input.compare === "week" ? await read(WEEK_SECONDS) : null;
    return {
      from,
      to,
      stepSeconds: step,
      gapSeconds: series.gapSeconds,
      gaps: series.gaps.map((gap) => ({ from: dateOf(gap.from), to: dateOf(gap.to) })),
      unit,
      lines: series.lines.map((line) => shapeOf(line, 0)),
      compared: before?.lines.map((line) => shapeOf(line, WEEK_SECONDS)) ?? null,
      comparedGapSeconds: before?.gapSeconds ?? null,
      samples: series.samples,
      newestObservedAt: series.newest === null ? null : dateOf(series.newest),
      hasReported: true,
      source: series.source,
    };
  });
}

/** The chart of a machine that no agent and no sender has told anything of yet. */
function nothingReported(from: Date, to: Date, unit: ChartSeries["unit"], lines: readonly Line[]): ChartSeries {
  const step = stepSeconds((to.getTime() - from.getTime()) / 1000, 0);
  return {
    from,
    to,
    stepSeconds: step,
    gapSeconds: gapSeconds(step, 0),
    gaps: [{ from, to }],
    unit,
    lines: lines.map(({ name }) => ({ name, points: [], summary: null })),
    compared: null,
    comparedGapSeconds: null,
    samples: 0,
    newestObservedAt: null,
    hasReported: false,
    source: "minutes",
  };
}

async function isVisible(tx: Transaction, caller: Caller, machineId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: machines.id })
    .from(machines)
    .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
    .where(and(visibleSites(caller), eq(machines.id, machineId)));
  return rows.length > 0;
}

const dateOf = (seconds: number) => new Date(seconds * 1000);

const shapeOf = ({ name, points, summary }: LineSeries, shift: number): z.infer<typeof ChartLine> => ({
  name,
  points: points.map((point) => ({ ...point, at: dateOf(point.at + shift) })),
  summary,
});

async function readEntity(tx: Transaction, input: Parameters<typeof readSeries>[1]): Promise<EntitySeries> {
  const [series] = await readSeries(tx, input);
  if (!series) throw notFound("entity");
  return series;
}

/** An entity of a machine that this caller may see; what its agent reads comes before what others send of it. */
async function findEntity(
  tx: Transaction,
  caller: Caller,
  machineId: string,
  kind: EntityKind,
  key: string,
): Promise<{ id: number; intervalSeconds: number } | null> {
  const [row] = await tx
    .select({ id: telemetryEntities.id, intervalSeconds: telemetryStreams.intervalSeconds })
    .from(telemetryEntities)
    .innerJoin(
      telemetryStreams,
      and(eq(telemetryStreams.orgId, telemetryEntities.orgId), eq(telemetryStreams.id, telemetryEntities.streamId)),
    )
    .innerJoin(machines, and(eq(machines.orgId, telemetryEntities.orgId), eq(machines.id, telemetryEntities.machineId)))
    .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
    .where(
      and(
        visibleSites(caller),
        eq(telemetryEntities.machineId, machineId),
        eq(telemetryEntities.kind, kind),
        eq(telemetryEntities.key, key),
      ),
    )
    .orderBy(sql`${telemetryStreams.senderId} nulls first`, asc(telemetryEntities.id))
    .limit(1);
  return row ?? null;
}
