import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { asCaller, authorize, type Caller } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { readApplications } from "@/server/clusters/applications";
import { APPLICATION_CELLS, CLUSTER_CELLS } from "@/server/clusters/export-cells";
import { readClusters } from "@/server/clusters/queries";
import { MACHINE_CELLS } from "@/server/fleet/machine-cells";
import { readMachines } from "@/server/fleet/machine-queries";
import type { Connectivity } from "@/server/fleet/model";
import { UNIT_CELLS } from "@/server/storage/unit-cells";
import { readUnits } from "@/server/storage/unit-queries";
import { type Cell, type CellsOf, csvHead, csvRow } from "./csv";
import {
  columnOf,
  type Dimension,
  dimensionOf,
  factOf,
  KIND_OF,
  type ListName,
  type ListState,
  listStateParameters,
} from "./model";
import { listOrder } from "./page";
import { asOneMoment, dimensionSql, listFilter } from "./subject";
import { SUBJECTS } from "./subjects";

const CHUNK_ROWS = 500;

type AnyRow = { id: string; name: string; connectivity: Connectivity; lastReceivedAt: Date | null };
type Line = { row: AnyRow; values: readonly (string | null)[] };
type Column = { name: string; of: (line: Line) => Cell };

/** Hides of which list a row is: whoever reads the rows also reads their cells. */
function sourceOf<Row extends AnyRow>(
  read: (tx: Transaction, orgId: string, ids: readonly string[]) => Promise<Row[]>,
  cells: CellsOf<Row>,
) {
  const columns = (columnId: string): Column[] =>
    Object.entries(Object.hasOwn(cells, columnId) ? (cells[columnId] ?? {}) : {}).map(([name, of]) => ({
      name,
      of: ({ row }) => of(row as Row),
    }));
  const readAny: (tx: Transaction, orgId: string, ids: readonly string[]) => Promise<AnyRow[]> = read;
  return { read: readAny, columns };
}
const SOURCES = {
  clusters: sourceOf(readClusters, CLUSTER_CELLS),
  machines: sourceOf(readMachines, MACHINE_CELLS),
  applications: sourceOf(readApplications, APPLICATION_CELLS),
  storage: sourceOf(readUnits, UNIT_CELLS),
};

/** The columns of the file: the name first, then what is shown; connection and time of the last contact always. */
function columnsOf(list: ListName, shown: readonly string[], dimensions: readonly Dimension[]): Column[] {
  const own = shown.flatMap((columnId): Column[] => {
    const dimension = dimensionOf(columnId);
    if (dimension === null) return SOURCES[list].columns(columnId);
    const place = dimensions.indexOf(dimension);
    const name = factOf(dimension) === null ? `label.${dimension}` : `fact.${factOf(dimension)}`;
    return [{ name, of: ({ values }) => values[place] ?? null }];
  });
  return [
    { name: "name", of: ({ row }) => row.name },
    ...own,
    { name: "connection", of: ({ row }) => row.connectivity },
    { name: "as_of", of: ({ row }) => row.lastReceivedAt },
  ];
}

type Place = { id: string; values: (string | null)[] };

/**
 * A list as CSV, piece by piece: the columns that are shown, every row that matches, in the order that is shown. Which rows
 * these are is one moment's answer; the rows are then read a few hundred at a time, so that a slow reader holds nothing.
 * @throws DomainError denied; invalid as the list
 */
export async function exportList(caller: Caller, list: ListName, state: ListState): Promise<AsyncGenerator<string>> {
  authorize(caller, "fleet:read");
  const subject = SUBJECTS[KIND_OF[list]];
  const shown = [...new Set([...(state.columns ?? []), ...(state.groupBy === null ? [] : [columnOf(state.groupBy)])])];
  const dimensions = shown.flatMap((id) => dimensionOf(id) ?? []);
  const filter = listFilter(caller, subject, state);
  const values = dimensions.map((dimension) => sql`${dimensionSql(subject, dimension)}::text`);
  const order = listOrder(subject, state);
  const places = await asOneMoment(caller, async (tx) => {
    const { rows } = await tx.execute<Place>(sql`
      select ${subject.id} as id, array[${sql.join(values, sql`, `)}]::text[] as values
      from ${subject.from} where ${filter} order by ${order}`);
    return rows;
  });
  await asCaller(caller, (tx) =>
    recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "lists:export",
      subject: { kind: "list", label: list },
      details: { rows: places.length, view: listStateParameters(state).toString() },
    }),
  );
  return write(caller, list, columnsOf(list, shown, dimensions), places);
}

async function* write(caller: Caller, list: ListName, columns: readonly Column[], places: readonly Place[]) {
  const names = columns.map(({ name }) => name);
  yield csvHead(names);
  for (let from = 0; from < places.length; from += CHUNK_ROWS) {
    const chunk = places.slice(from, from + CHUNK_ROWS);
    const valuesOf = new Map(chunk.map(({ id, values }) => [id, values]));
    const ids = chunk.map(({ id }) => id);
    const rows = await asCaller(caller, (tx) => SOURCES[list].read(tx, caller.orgId, ids));
    const lines = rows.map((row) => {
      const line = { row, values: valuesOf.get(row.id) ?? [] };
      return csvRow(names, Object.fromEntries(columns.map(({ name, of }) => [name, of(line)])));
    });
    yield lines.join("");
  }
}
