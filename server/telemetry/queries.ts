import { and, eq, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { type EntityKind, type MetricName, metricIndex } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryEntities } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import {
  CHART_WINDOWS,
  CHARTS,
  type ChartName,
  ChartPoint,
  type ChartWindow,
  gapSeconds,
  type Line,
  stepSeconds,
} from "./charts";
import { GAP_INTERVALS } from "./model";

export const ChartInput = z.object({
  machineId: z.uuid(),
  chart: z.enum(Object.keys(CHARTS) as [ChartName, ...ChartName[]]),
  /** Which entity, for example the mount point; left out for charts of the machine itself. */
  key: z.string().max(200).optional(),
  window: z.enum(Object.keys(CHART_WINDOWS) as [ChartWindow, ...ChartWindow[]]),
});
export type ChartInput = z.infer<typeof ChartInput>;

export const ChartSeries = z.object({
  from: z.date(),
  to: z.date(),
  stepSeconds: z.number(),
  /** Time without readings from which the line is broken. */
  gapSeconds: z.number(),
  unit: z.enum(["ratio", "bytes", "bytesPerSecond", "watts", "celsius", "load", "operationsPerSecond"]),
  lines: z.array(z.object({ name: z.string(), points: z.array(ChartPoint) })),
  /** Raw readings that the chart is made of. */
  samples: z.number().int(),
  newestObservedAt: z.date().nullable(),
});
export type ChartSeries = z.infer<typeof ChartSeries>;

/**
 * The lines of one chart over one window up to now. Steps without readings are missing, and points further apart than
 * `gapSeconds` have a gap between them; nothing is interpolated.
 *
 * @throws DomainError not_found for a machine that this caller may not see, or an entity that it never had
 */
export async function getChart(caller: Caller, input: ChartInput): Promise<ChartSeries> {
  const chart = CHARTS[input.chart];
  return asCaller(caller, async (tx) => {
    const entity = await findEntity(tx, caller, input, chart.kind);
    if (!entity) throw notFound("entity");
    const step = stepSeconds(input.window, entity.intervalSeconds);
    const to = new Date();
    const from = new Date(to.getTime() - CHART_WINDOWS[input.window] * 1000);
    const lines: readonly Line[] = chart.lines;
    const rows = await readSteps(tx, caller, entity, chart.kind, lines, { from, to, step });
    const gap = gapSeconds(step, entity.intervalSeconds);
    return {
      from,
      to,
      stepSeconds: step,
      gapSeconds: gap,
      unit: chart.unit,
      samples: rows.reduce((sum, row) => sum + Number(row.samples), 0),
      newestObservedAt: rows.length > 0 ? new Date(String(rows.at(-1)?.newest)) : null,
      lines: lines.map(({ name }, index) => ({
        name,
        points: rows.flatMap((row) => {
          const value = row[`v${index}`];
          if (value === null || value === undefined) return [];
          return {
            at: new Date(String(row.at)),
            value: Number(value),
            min: figure(row[`lo${index}`]),
            max: figure(row[`hi${index}`]),
          };
        }),
      })),
    };
  });
}

const figure = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));

type ChartEntity = { id: number; intervalSeconds: number };

async function findEntity(
  tx: Transaction,
  caller: Caller,
  input: ChartInput,
  kind: string,
): Promise<ChartEntity | null> {
  const [row] = await tx
    .select({ id: telemetryEntities.id, intervalSeconds: agents.intervalSeconds })
    .from(telemetryEntities)
    .innerJoin(machines, and(eq(machines.orgId, telemetryEntities.orgId), eq(machines.id, telemetryEntities.machineId)))
    .innerJoin(sites, and(eq(sites.orgId, machines.orgId), eq(sites.id, machines.siteId)))
    .leftJoin(agents, and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId)))
    .where(
      and(
        visibleSites(caller),
        eq(telemetryEntities.machineId, input.machineId),
        eq(telemetryEntities.kind, kind),
        eq(telemetryEntities.key, input.key ?? "machine"),
      ),
    );
  return row ? { id: row.id, intervalSeconds: row.intervalSeconds ?? 60 } : null;
}

/** Postgres arrays count from 1. */
function reading(kind: EntityKind, name: string, column: "r" | "p"): SQL {
  const position = sql.raw(String(metricIndex(kind, name as MetricName) + 1));
  return column === "r" ? sql`readings[${position}]` : sql`earlier[${position}]`;
}

function lineColumns(kind: EntityKind, line: Line, index: number): SQL {
  const names = { v: sql.raw(`v${index}`), lo: sql.raw(`lo${index}`), hi: sql.raw(`hi${index}`) };
  const now = (name: string) => reading(kind, name, "r");
  const growth = (name: string) => sql`(${now(name)} - ${reading(kind, name, "p")})`;
  // A counter that fell began again: that step has no growth, rather than a wrong one.
  const grew = (list: readonly string[]) =>
    sql.join(
      list.map((name) => sql`${growth(name)} >= 0`),
      sql` and `,
    );
  const total = (list: readonly string[]) => sql.join(list.map(growth), sql` + `);
  switch (line.as) {
    case "gauge": {
      const value = line.minus ? sql`(${now(line.of)} - ${now(line.minus)})` : now(line.of);
      return sql`avg(${value}) as ${names.v}, min(${value}) as ${names.lo}, max(${value}) as ${names.hi}`;
    }
    case "rate": {
      const isUsable = sql`seconds <= (select gap from bounds) and ${grew([line.of])}`;
      const perSecond = sql`case when ${isUsable} then ${growth(line.of)} / seconds end`;
      return sql`sum(case when ${isUsable} then ${growth(line.of)} end) / nullif(sum(case when ${isUsable} then seconds end), 0) as ${names.v},
        min(${perSecond}) as ${names.lo}, max(${perSecond}) as ${names.hi}`;
    }
    case "share": {
      const isUsable = sql`seconds <= (select gap from bounds) and ${grew(line.of)}`;
      return sql`sum(case when ${isUsable} then ${total(line.parts)} end) / nullif(sum(case when ${isUsable} then ${total(line.of)} end), 0) as ${names.v},
        null as ${names.lo}, null as ${names.hi}`;
    }
  }
}

/** One pass over the samples of one entity; each row is one step that has readings. */
async function readSteps(
  tx: Transaction,
  caller: Caller,
  entity: ChartEntity,
  kind: EntityKind,
  lines: readonly Line[],
  range: { from: Date; to: Date; step: number },
): Promise<Record<string, unknown>[]> {
  const gap = GAP_INTERVALS * entity.intervalSeconds;
  // The reading before the window gives the first step its growth.
  const since = new Date(range.from.getTime() - gap * 1000);
  const result = await tx.execute(sql`
    with bounds as (select ${gap}::double precision as gap),
    pairs as (
      select observed_at, readings, lag(readings) over w as earlier,
        extract(epoch from observed_at - lag(observed_at) over w)::double precision as seconds
      from telemetry_samples
      where org_id = ${caller.orgId}::uuid and entity_id = ${entity.id}
        and observed_at >= ${since.toISOString()}::timestamptz and observed_at <= ${range.to.toISOString()}::timestamptz
      window w as (order by observed_at)
    )
    select date_bin(make_interval(secs => ${range.step}), observed_at, timestamptz 'epoch') as at,
      count(*) as samples, max(observed_at) as newest,
      ${sql.join(
        lines.map((line, index) => lineColumns(kind, line, index)),
        sql`, `,
      )}
    from pairs where observed_at >= ${range.from.toISOString()}::timestamptz
    group by 1 order by 1`);
  return result.rows;
}
