import { and, type SQL, sql } from "drizzle-orm";
import { FACTS, type FactType } from "@/contract/facts";
import type { Transaction } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, reachKey } from "@/server/access/caller";
import { versionSql } from "@/server/access/selector-sql";
import { DomainError } from "@/server/errors";
import { sharedAnswers } from "@/server/shared-answers";
import { type Dimension, dimensionOf, factOf, GROUPS_MAX } from "./model";
import type { ListGroup, ListInput, ListOf } from "./shapes";
import { asOneMoment, dimensionSql, type Limits, type ListSubject, listFilter, wholesFor } from "./subject";

/** What a value of a label or fact is ordered by: versions as versions, figures as figures, texts as they are read. */
export function orderOf(subject: ListSubject, dimension: Dimension): SQL {
  const value = dimensionSql(subject, dimension);
  const fact = factOf(dimension);
  const types: Readonly<Record<string, FactType>> = FACTS[subject.kind];
  const type = fact === null ? "text" : types[fact];
  if (type === "number") return value;
  return type === "version" ? versionSql(value) : sql`lower(${value})`;
}

/** @throws DomainError invalid `sort` */
function sortSql(subject: ListSubject, chosen: string | null): SQL {
  const sort = chosen ?? subject.firstSort;
  const dimension = dimensionOf(sort);
  if (dimension !== null) return orderOf(subject, dimension);
  const by = Object.hasOwn(subject.sorts, sort) ? subject.sorts[sort] : undefined;
  if (by) return by;
  throw new DomainError("invalid", "sort", { sort });
}

/** Groups stand in the order of their values; those that have none come last. */
function groupOrder(subject: ListSubject, groupBy: Dimension): SQL {
  return sql`${orderOf(subject, groupBy)} nulls last, ${dimensionSql(subject, groupBy)}::text nulls last`;
}

/** The order of a list: groups, then the sort (unknown last whichever way: it is neither large nor small), then names. */
export function listOrder(
  subject: ListSubject,
  { sort, order, groupBy }: Pick<ListInput, "sort" | "order" | "groupBy">,
) {
  return sql.join(
    [
      ...(groupBy === null ? [] : [groupOrder(subject, groupBy)]),
      sql`${sortSql(subject, sort)} ${sql.raw(order)} nulls last`,
      sql`lower(${subject.name})`,
      subject.id,
    ],
    sql`, `,
  );
}

type Place = { id: string; group: string | null; [value: `v${number}`]: string | number | null };

/** Ids of one page in their order, with what stands beside the rows. */
async function readPlaces(tx: Transaction, subject: ListSubject, filter: SQL, input: ListInput): Promise<Place[]> {
  const { groupBy, unfolded, dimensions } = input;
  if (groupBy !== null && unfolded.length === 0) return [];
  const group = groupBy === null ? sql`null::text` : sql`${dimensionSql(subject, groupBy)}::text`;
  const wanted = unfolded.filter((value) => value !== null);
  const inGroups =
    groupBy === null
      ? undefined
      : sql`(${group} = any (${sql.param(wanted)}::text[])${unfolded.includes(null) ? sql` or ${group} is null` : sql``})`;
  const values = dimensions.map(
    (dimension, index) => sql`, ${dimensionSql(subject, dimension)}::text as ${sql.raw(`v${index}`)}`,
  );
  const { rows } = await tx.execute<Place>(sql`
    select ${subject.id} as id, ${group} as "group"${sql.join(values)}
    from ${subject.from} where ${and(filter, inGroups)}
    order by ${listOrder(subject, input)} limit ${input.limit} offset ${input.cursor}`);
  return rows;
}

type Counts = { total: number; known: number; simulated: number };
const shared = sharedAnswers<Counts>("list counts", ({ total }) => total);

/** Over all that match. Who pages, sorts or looks again at the same large list does not have it counted again. */
async function readCounts(caller: Caller, subject: ListSubject, filter: SQL, limits: Limits): Promise<Counts> {
  const key = [reachKey(caller), subject.kind, JSON.stringify([limits.selector, limits.search])].join(" ");
  const { answer } = await shared.get(key, () =>
    asCaller(caller, async (tx) => {
      const { rows } = await tx.execute<Counts>(countSql(subject, filter, limits));
      return rows[0] ?? { total: 0, known: 0, simulated: 0 };
    }),
  );
  return answer;
}

/** Rows that stand for many are added up, where they answer as well as all. */
function countSql(subject: ListSubject, filter: SQL, limits: Limits): SQL {
  const wholes = wholesFor(subject, limits);
  if (wholes) {
    return sql`
      select coalesce(sum(${wholes.total}), 0)::int as total, coalesce(sum(${wholes.known}), 0)::int as known,
        coalesce(sum(${wholes.total}) filter (where ${sites.isSimulated}), 0)::int as simulated
      from ${wholes.from} where ${filter}`;
  }
  return sql`
    select count(*)::int as total, (count(*) filter (where ${subject.isKnown}))::int as known,
      (count(*) filter (where ${sites.isSimulated}))::int as simulated
    from ${subject.from} where ${filter}`;
}

async function readGroups(
  tx: Transaction,
  subject: ListSubject,
  filter: SQL,
  groupBy: Dimension,
): Promise<ListGroup[]> {
  const rank = sql`array_position(${sql.param(subject.states)}::text[], ${subject.state})`;
  const { rows } = await tx.execute<ListGroup>(sql`
    select value, count(*)::int as total, (count(*) filter (where known))::int as known,
      (${sql.param(subject.states)}::text[])[min(rank)] as worst
    from (select ${dimensionSql(subject, groupBy)}::text as value, ${orderOf(subject, groupBy)} as place,
        ${subject.isKnown} as known, ${rank} as rank from ${subject.from} where ${filter}) r
    group by value, place order by place nulls last, value nulls last limit ${GROUPS_MAX}`);
  return rows;
}

/**
 * One page of a list: which rows, in which order, with counts and groups over all that match. The rows themselves are
 * read by their ids afterwards, so that filtering and sorting touch no wide columns. Of a large fleet the counts may be
 * some seconds older than the rows.
 * @throws DomainError invalid `selector`, `sort`, `dimension`
 */
export async function listPage<Row>(
  caller: Caller,
  subject: ListSubject,
  input: ListInput,
  readRows: (tx: Transaction, ids: readonly string[]) => Promise<Row[]>,
): Promise<ListOf<Row>> {
  const filter = listFilter(caller, subject, input);
  const { groupBy, dimensions } = input;
  const counting = readCounts(caller, subject, filter, input);
  const reading = asOneMoment(caller, async (tx) => {
    const places = await readPlaces(tx, subject, filter, input);
    const groups = groupBy === null ? null : await readGroups(tx, subject, filter, groupBy);
    return {
      rows: await readRows(
        tx,
        places.map(({ id }) => id),
      ),
      beside: places.map((place) => ({
        group: place.group,
        values: Object.fromEntries(
          dimensions.map((dimension, index) => [dimension, (place[`v${index}`] ?? null) as string | null]),
        ),
      })),
      groups,
    };
  });
  const [counts, page] = await Promise.all([counting, reading]);
  return { ...page, ...counts };
}

/** Rows in the order of their ids; one that is gone meanwhile is left out. */
export function inOrderOf<Row>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string): Row[] {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
