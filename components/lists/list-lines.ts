import type { Outputs } from "@/server/root";

type AnyList = Outputs["clusters"]["list"];
export type ListGroup = NonNullable<AnyList["groups"]>[number];
/** A page of a list of these rows. */
export type ListPage<Row> = Omit<AnyList, "rows"> & { rows: Row[] };

/** What stands beside a row: its group, and the labels and facts of its columns. */
type Beside = AnyList["beside"][number];

/** A line of a grouped list: a group, or one of its rows. */
export type ListLine<Row> =
  | { kind: "group"; group: ListGroup; isUnfolded: boolean }
  | { kind: "row"; row: Row; beside: Beside };

type Page<Row> = Pick<ListPage<Row>, "rows" | "beside" | "groups">;

/**
 * The lines of a list in their order. Rows come group by group; groups after the one that is still being loaded are left
 * out until it is whole, so that no line moves down when more comes.
 */
export function listLines<Row>(
  pages: readonly Page<Row>[],
  unfolded: readonly (string | null)[],
  hasMore: boolean,
): ListLine<Row>[] {
  const rows = pages.flatMap((page) =>
    page.rows.map(
      (row, place): Extract<ListLine<Row>, { kind: "row" }> => ({
        kind: "row",
        row,
        beside: page.beside[place] ?? { group: null, values: {} },
      }),
    ),
  );
  const groups = pages.at(-1)?.groups ?? null;
  if (groups === null) return rows;
  const lines: ListLine<Row>[] = [];
  let loaded = 0;
  for (const group of groups) {
    const isUnfolded = unfolded.includes(group.value);
    lines.push({ kind: "group", group, isUnfolded });
    if (!isUnfolded) continue;
    const own = rows.filter(({ beside }) => beside.group === group.value);
    lines.push(...own);
    loaded += own.length;
    if (hasMore && loaded >= rows.length) break;
  }
  return lines;
}

/** How many rows the unfolded groups have: as many as there are to load. */
function unfoldedTotal(groups: readonly ListGroup[], unfolded: readonly (string | null)[]): number {
  return groups.reduce((sum, { value, total }) => sum + (unfolded.includes(value) ? total : 0), 0);
}

/** Where the next page begins; undefined when everything is loaded. */
export function nextCursor<Row>(
  pages: readonly ListPage<Row>[],
  unfolded: readonly (string | null)[],
): number | undefined {
  const last = pages.at(-1);
  if (!last || last.rows.length === 0) return undefined;
  const loaded = pages.reduce((sum, page) => sum + page.rows.length, 0);
  return loaded < (last.groups ? unfoldedTotal(last.groups, unfolded) : last.total) ? loaded : undefined;
}
