import { type SQL, sql } from "drizzle-orm";
import { fromSteps, METRIC_SETS, type MetricName, metricIndex, metricsOf, type Readings } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { cpuUsedRatio, memoryUsedBytes } from "./model";
import { SLOT_SECONDS } from "./rollups";
import { addUp, type SumsVisitor, visitStreamSums } from "./stream-sums";

/** Five minutes are whole once the merge has had its turn. */
const MERGE_SECONDS = 360;
const CPU = METRIC_SETS.machine.map(({ name }) => name).filter((name) => /^cpu.*Seconds$/.test(name));

type Name = MetricName<"machine">;
/** Sums of the readings of one machine over a window, and in how many five minutes each was read. */
type Sums = { total: Readings<"machine">; slots: ReadonlyMap<Name, number> };

/** The figures whose mean over a time follows from five-minute sums, by the readings that they are made of. */
const MEANS: Record<MeanFigure, { readings: readonly Name[]; mean: (sums: Sums) => number | null }> = {
  cpuUsedRatio: {
    readings: CPU,
    mean: ({ total }) => {
      const ratio = cpuUsedRatio(total);
      return "value" in ratio ? ratio.value : null;
    },
  },
  load1: {
    readings: ["load1"],
    mean: ({ total: { load1 }, slots }) => (load1 === undefined ? null : load1 / (slots.get("load1") ?? 1)),
  },
  memoryUsedRatio: {
    readings: ["memoryTotalBytes", "memoryAvailableBytes"],
    mean: ({ total, slots }) => {
      // Of two sums over different times no share follows.
      if (slots.get("memoryTotalBytes") !== slots.get("memoryAvailableBytes")) return null;
      const used = memoryUsedBytes(total);
      return used === null || !total.memoryTotalBytes ? null : used / total.memoryTotalBytes;
    },
  },
  powerWatts: {
    readings: ["energyJoules", "spanSeconds"],
    mean: ({ total: { energyJoules, spanSeconds } }) =>
      energyJoules === undefined || !spanSeconds ? null : energyJoules / spanSeconds,
  },
};

export const MEAN_FIGURES = ["cpuUsedRatio", "load1", "memoryUsedRatio", "powerWatts"] as const;
export type MeanFigure = (typeof MEAN_FIGURES)[number];

export type Mean = {
  machineId: string;
  name: string;
  siteId: string;
  siteName: string;
  value: number;
  /** End of the last five minutes that it was read in. */
  observedAt: Date;
  /** Part of the window in which it was read, 0 to 1. */
  knownRatio: number;
};

/**
 * The mean of one figure over the last so many seconds that are whole, for each machine at these sites; machines of
 * which nothing was read in that time are only counted.
 * @param where which sites
 */
export async function readMeans(
  tx: Transaction,
  orgId: string,
  input: { figure: MeanFigure; windowSeconds: number; where: SQL },
): Promise<{ means: Mean[]; total: number }> {
  const { readings, mean } = MEANS[input.figure];
  const to = Math.floor((Date.now() / 1000 - MERGE_SECONDS) / SLOT_SECONDS) * SLOT_SECONDS;
  const range = { from: to - input.windowSeconds, to };
  const { rows } = await tx.execute<{
    id: string;
    name: string;
    site_id: string;
    site_name: string;
    stream_id: number;
  }>(sql`
    select machines.id, machines.name, sites.id as site_id, sites.name as site_name, telemetry_machines.stream_id
    from machines
    join sites on sites.org_id = machines.org_id and sites.id = machines.site_id
    left join telemetry_machines
      on telemetry_machines.org_id = machines.org_id and telemetry_machines.machine_id = machines.id
    where ${input.where}`);
  const nameAt = new Map(readings.map((name) => [metricIndex("machine", name), name]));
  const found = new Map<number, { steps: Map<Name, number>; slots: Map<Name, number>; newest: number }>();
  const visit: SumsVisitor = (streamId, position, line) => {
    const name = nameAt.get(position);
    const { sum, slots, last } = addUp(line);
    if (!name || slots === 0) return;
    const own = found.get(streamId) ?? { steps: new Map(), slots: new Map(), newest: 0 };
    own.steps.set(name, (own.steps.get(name) ?? 0) + sum);
    own.slots.set(name, (own.slots.get(name) ?? 0) + slots);
    own.newest = Math.max(own.newest, last);
    found.set(streamId, own);
  };
  const streamIds = rows.flatMap((row) => row.stream_id ?? []);
  await visitStreamSums(tx, orgId, { kind: "machine", positions: [...nameAt.keys()], range, streamIds }, visit);
  const means = rows.flatMap((row) => {
    const own = found.get(row.stream_id);
    if (!own) return [];
    const value = mean({ total: totalOf(own.steps), slots: own.slots });
    if (value === null) return [];
    return {
      machineId: row.id,
      name: row.name,
      siteId: row.site_id,
      siteName: row.site_name,
      value,
      observedAt: new Date((own.newest + SLOT_SECONDS) * 1000),
      knownRatio: Math.min(1, (Math.max(...own.slots.values()) * SLOT_SECONDS) / input.windowSeconds),
    };
  });
  return { means, total: rows.length };
}

function totalOf(steps: ReadonlyMap<Name, number>): Readings<"machine"> {
  const set = metricsOf("machine");
  const entries = [...steps].flatMap(([name, sum]) => {
    const metric = set[metricIndex("machine", name)];
    return metric ? [[name, fromSteps(metric, sum)]] : [];
  });
  return Object.fromEntries(entries);
}
