import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { parseSelector } from "@/contract/selector";
import { telemetryMachines } from "@/db/schema/telemetry";
import { asCaller, type Caller, siteCondition, visibleSites } from "@/server/access/caller";
import { ScopeSelector } from "@/server/access/selector-input";
import { GAP_INTERVALS } from "./model";
import { SLOT_SECONDS } from "./rollups";
import { MEAN_FIGURES, type MeanFigure, readMeans } from "./top-mean";

const FIGURES = {
  cpuUsedRatio: sql`${telemetryMachines.cpuUsedRatio}`,
  load1: sql`${telemetryMachines.load1}`,
  memoryUsedRatio: sql`${telemetryMachines.memoryUsedBytes} / nullif(${telemetryMachines.memoryTotalBytes}, 0)`,
  filesystemUsedRatio: sql`${telemetryMachines.filesystemUsedRatioMax}`,
  temperatureCelsius: sql`${telemetryMachines.temperatureCelsiusMax}`,
  powerWatts: sql`${telemetryMachines.powerWatts}`,
} satisfies Record<string, SQL>;
type FigureName = keyof typeof FIGURES;

/** Of a machine without a stream of its own. */
const INTERVAL_SECONDS = 60;
/** Means are of five minutes that were merged: two of them and the merge's turn. */
const MEAN_STALE_SECONDS = 1200;

/** Seconds of each window that means are taken over; null: the newest reading. */
const WINDOWS = { now: null, "1h": 3600, "24h": 86_400 } as const;

const isMeanFigure = (figure: FigureName): figure is MeanFigure => MEAN_FIGURES.some((name) => name === figure);

export const TopInput = z
  .object({
    figure: z.enum(Object.keys(FIGURES) as [FigureName, ...FigureName[]]),
    /** The newest reading, or the mean over this time; of a fullest or hottest part only the newest is known. */
    window: z.enum(Object.keys(WINDOWS) as [keyof typeof WINDOWS, ...(keyof typeof WINDOWS)[]]).default("now"),
    order: z.enum(["most", "least"]).default("most"),
    limit: z.number().int().min(1).max(100).default(10),
    /** Which sites; all that the caller may see when it is left out. */
    selector: ScopeSelector.default(null),
  })
  .refine(({ figure, window }) => window === "now" || isMeanFigure(figure), "expected a figure that has means");
export type TopInput = z.infer<typeof TopInput>;

export const TopMachines = z.object({
  rows: z.array(
    z.object({
      machineId: z.uuid(),
      name: z.string(),
      siteId: z.uuid(),
      siteName: z.string(),
      value: z.number(),
      observedAt: z.date(),
      /** Older than this, and the figure is unknown. */
      staleAfterSeconds: z.number(),
      /** Part of the window in which it was read, 0 to 1; null of now. */
      knownRatio: z.number().nullable(),
    }),
  ),
  /** Machines whose figure is there and no older than its rule allows: only these are compared. */
  known: z.number().int(),
  unknown: z.number().int(),
  /** How often the answer can change, in seconds; null of now. */
  stepSeconds: z.number().nullable(),
});
export type TopMachines = z.infer<typeof TopMachines>;

/**
 * The machines with the largest, or least, figure: of now, where a figure that is too old is unknown and not compared,
 * or as the mean over a time, where a machine is unknown that was not heard in it at all.
 */
export async function topMachines(caller: Caller, input: TopInput): Promise<TopMachines> {
  const windowSeconds = WINDOWS[input.window];
  return windowSeconds !== null && isMeanFigure(input.figure)
    ? topMeans(caller, input, input.figure, windowSeconds)
    : topNow(caller, input);
}

async function topMeans(
  caller: Caller,
  { selector, order, limit }: TopInput,
  figure: MeanFigure,
  windowSeconds: number,
): Promise<TopMachines> {
  const where = sitesOf(caller, selector);
  const { means, total } = await asCaller(caller, (tx) =>
    readMeans(tx, caller.orgId, { figure, windowSeconds, where }),
  );
  const sign = order === "most" ? -1 : 1;
  const rows = means.sort(
    (a, b) => sign * (a.value - b.value) || compare(a.name, b.name) || compare(a.machineId, b.machineId),
  );
  const counts = { known: means.length, unknown: total - means.length };
  return {
    rows: rows.slice(0, limit).map((row) => ({ ...row, staleAfterSeconds: MEAN_STALE_SECONDS })),
    ...counts,
    stepSeconds: SLOT_SECONDS,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function sitesOf(caller: Caller, selector: string | null): SQL {
  const requirements = selector === null ? [] : parseSelector(selector);
  return sql.join([visibleSites(caller), ...requirements.map(siteCondition)], sql` and `);
}

async function topNow(caller: Caller, input: TopInput): Promise<TopMachines> {
  const where = sitesOf(caller, input.selector);
  const direction = sql.raw(input.order === "most" ? "desc" : "asc");
  return asCaller(caller, async (tx) => {
    const { rows } = await tx.execute<TopRow>(sql`
      with figures as (
        select machines.id, machines.name, sites.id as site_id, sites.name as site_name,
          (${FIGURES[input.figure]})::double precision as value, telemetry_machines.readings_observed_at as observed_at,
          ${GAP_INTERVALS}::int * coalesce(s.interval_seconds, ${INTERVAL_SECONDS}::int) as stale_after,
          telemetry_machines.readings_observed_at
            >= now() - ${GAP_INTERVALS}::int * make_interval(secs => coalesce(s.interval_seconds, ${INTERVAL_SECONDS}::int))
            as is_fresh
        from machines
        join sites on sites.org_id = machines.org_id and sites.id = machines.site_id
        left join telemetry_machines
          on telemetry_machines.org_id = machines.org_id and telemetry_machines.machine_id = machines.id
        left join telemetry_streams s on s.org_id = machines.org_id and s.id = telemetry_machines.stream_id
        where ${where}),
      known as (select * from figures where is_fresh and value is not null),
      best as (select * from known order by value ${direction}, name, id limit ${input.limit})
      select (select count(*) from figures)::int as total, (select count(*) from known)::int as known, best.*
      from (select) one left join best on true order by best.value ${direction}, best.name, best.id`);
    const { total = 0, known = 0 } = rows[0] ?? {};
    return {
      rows: rows.flatMap(({ id, name, site_id, site_name, value, observed_at, stale_after }) =>
        id === null
          ? []
          : [
              {
                machineId: id,
                name,
                siteId: site_id,
                siteName: site_name,
                value,
                observedAt: new Date(observed_at),
                staleAfterSeconds: stale_after,
                knownRatio: null,
              },
            ],
      ),
      known,
      unknown: total - known,
      stepSeconds: null,
    };
  });
}

/** One machine with the counts of all; when there is none, the counts alone. */
type TopRow = { total: number; known: number } & (
  | {
      id: string;
      name: string;
      site_id: string;
      site_name: string;
      value: number;
      observed_at: string;
      stale_after: number;
    }
  | { id: null; name: null; site_id: null; site_name: null; value: null; observed_at: null; stale_after: null }
);
