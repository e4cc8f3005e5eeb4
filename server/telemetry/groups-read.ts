import { sql } from "drizzle-orm";
import { z } from "zod";
import { ENTITY_KINDS, type EntityKind, type Metric, metricsOf } from "@/contract/metrics";
import { LABEL_KEY_PATTERN } from "@/contract/selector";
import type { Transaction } from "@/db/client";
import { asCaller, type Caller } from "@/server/access/caller";
import { ScopeSelector } from "@/server/access/selector-input";
import { countEntities, listMembers, type Member, NONE } from "./group-members";
import { groupPoints, groupStepSeconds, SlotAccumulator } from "./group-series";
import { SLOT_SECONDS } from "./rollups";
import { readSettings } from "./settings";
import { visitStreamSums } from "./stream-sums";

const RANGE_DAYS_MAX = 400;
/** Five minutes are whole once the merge has had its turn; before that their sum still grows. */
const MERGE_SECONDS = 360;

export const GroupsInput = z
  .object({
    kind: z.enum(ENTITY_KINDS),
    /** A reading of that kind; a counter is given per second. */
    metric: z.string().max(60),
    from: z.date(),
    to: z.date(),
    /** A multiple of five minutes; left out, as fine as a screen needs it. */
    stepSeconds: z
      .number()
      .int()
      .multipleOf(SLOT_SECONDS)
      .max(7 * 86_400)
      .optional(),
    groupBy: z
      .union([z.enum(["none", "site"]), z.object({ label: z.string().regex(LABEL_KEY_PATTERN) })])
      .default("none"),
    /** Which sites; all that the caller may see when it is left out. */
    selector: ScopeSelector.default(null),
  })
  .refine(({ kind, metric }) => metricsOf(kind).some(({ name }) => name === metric), "expected a reading of the kind")
  .refine(({ from, to }) => {
    const days = (to.getTime() - from.getTime()) / 86_400_000;
    return days > 0 && days <= RANGE_DAYS_MAX;
  }, `expected a span of at most ${RANGE_DAYS_MAX} days`);
export type GroupsInput = z.infer<typeof GroupsInput>;

export const GroupSeries = z.object({
  stepSeconds: z.number(),
  groups: z.array(
    z.object({
      /** Value of the label, or id of the site; null for sites without the label, and where nothing is grouped. */
      key: z.string().nullable(),
      /** Name of the site, or the same value. */
      name: z.string().nullable(),
      sites: z.number().int(),
      /** Entities of the kind that belong to the group, heard or not; of machines also those that never reported. */
      entities: z.number().int(),
      /** Machines at these sites, and how many of them have never told anything. */
      machines: z.number().int(),
      neverReported: z.number().int(),
      points: z.array(
        z.object({
          at: z.date(),
          value: z.number(),
          known: z.number().int(),
          unknown: z.number().int(),
        }),
      ),
    }),
  ),
});
export type GroupSeries = z.infer<typeof GroupSeries>;

/**
 * Sums of one reading over any sites that the caller may see, as time series. Five minutes that still fill are left
 * out; who was not heard is counted as unknown and never as nothing.
 */
export async function readGroups(caller: Caller, input: GroupsInput): Promise<GroupSeries> {
  const range = {
    from: Math.floor(input.from.getTime() / 1000 / SLOT_SECONDS) * SLOT_SECONDS,
    to: Math.min(input.to.getTime() / 1000, Date.now() / 1000 - MERGE_SECONDS - SLOT_SECONDS + 1),
  };
  const stepSeconds = input.stepSeconds ?? groupStepSeconds((input.to.getTime() - input.from.getTime()) / 1000);
  const position = metricsOf(input.kind).findIndex(({ name }) => name === input.metric);
  const metric = metricsOf(input.kind)[position];
  if (!metric) throw new RangeError(`Metric set ${input.kind} has no reading ${input.metric}`);
  // At the same time: how many there are is counted by the database, while most of the sums' time is spent here.
  const [counts, { members, series }] = await Promise.all([
    asCaller(caller, (tx) => countEntities(tx, caller, input)),
    asCaller(caller, async (tx) => {
      const listed = await listMembers(tx, caller, input);
      return { members: listed, series: await readSums(tx, caller, input, listed, { position, metric, range }) };
    }),
  ]);
  return {
    stepSeconds,
    groups: members.map(({ key, name, sites }, index) => {
      const { entities, machines, neverReported } = counts.get(key) ?? NONE;
      return {
        key,
        name,
        sites,
        entities,
        machines,
        neverReported,
        points: groupPoints(metric, series[index] ?? [], stepSeconds).map(({ at, value, known }) => ({
          at: new Date(at * 1000),
          value,
          known,
          unknown: Math.max(0, entities - known),
        })),
      };
    }),
  };
}

/** Where each kind that has counters has the seconds that they cover. */
const SPAN_POSITION = 0;

type Figure = { position: number; metric: Metric; range: { from: number; to: number } };

async function readSums(
  tx: Transaction,
  caller: Caller,
  input: GroupsInput,
  members: readonly Member[],
  figure: Figure,
): Promise<SlotAccumulator[]> {
  const kept = await readGroupSums(tx, caller, input, members, figure);
  return kept ?? readStreamSums(tx, caller.orgId, input.kind, members, figure);
}

/**
 * From the sums that the merge keeps, where the whole organisation, or all of a label that is grouped, is asked for;
 * else null.
 */
async function readGroupSums(
  tx: Transaction,
  caller: Caller,
  input: GroupsInput,
  members: readonly Member[],
  { position, metric, range }: Figure,
): Promise<SlotAccumulator[] | null> {
  const { groupBy } = input;
  if (caller.scope.kind !== "all" || input.selector !== null || groupBy === "site") return null;
  const label = groupBy === "none" ? "" : groupBy.label;
  // Sites without the label are in no group of it.
  if (
    groupBy !== "none" &&
    (members.some(({ key }) => key === null) || !(await readSettings(tx, caller.orgId)).groupedLabels.includes(label))
  ) {
    return null;
  }
  const positions = metric.kind === "counter" ? [position, SPAN_POSITION] : [position];
  const { rows } = await tx.execute<{ value: string; metric: number; at: number; sum: string; entities: number }>(sql`
    select g.value, f.metric, extract(epoch from f.at)::int as at, f.sum::text as sum, f.entities::int as entities
    from telemetry_groups g join telemetry_group_5m f on f.org_id = g.org_id and f.group_id = g.id
    where g.org_id = ${caller.orgId}::uuid and g.kind = ${groupBy === "none" ? "all" : "label"} and g.label = ${label}
      and f.kind = ${input.kind} and f.metric = any(${sql.param(positions)}::smallint[])
      and f.at >= to_timestamp(${range.from}) and f.at < to_timestamp(${range.to})`);
  const found = members.map(() => new SlotAccumulator());
  for (const row of rows) {
    const index = groupBy === "none" ? 0 : members.findIndex(({ key }) => key === row.value);
    const line = { moments: [row.at], sums: [Number(row.sum)], entities: [row.entities], first: 0, end: 1 };
    found[index]?.addAll(line, row.metric !== position);
  }
  return found;
}

/** From the sums of each stream: what any grouping is made of. */
async function readStreamSums(
  tx: Transaction,
  orgId: string,
  kind: EntityKind,
  members: readonly Member[],
  { position, metric, range }: Figure,
): Promise<SlotAccumulator[]> {
  const found = members.map(() => new SlotAccumulator());
  const memberOf = new Map(
    members.flatMap(({ streamIds }, index) => streamIds.map((id) => [id, found[index]] as const)),
  );
  const positions = metric.kind === "counter" ? [position, SPAN_POSITION] : [position];
  const wanted = { kind, positions, range, streamIds: [...memberOf.keys()] };
  await visitStreamSums(tx, orgId, wanted, (streamId, read, line) => {
    memberOf.get(streamId)?.addAll(line, read !== position);
  });
  return found;
}
