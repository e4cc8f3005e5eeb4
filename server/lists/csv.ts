/** CSV (RFC 4180) of lists. A cell is null where its value is unknown. */

export type Cell = string | number | boolean | Date | null;
/** Names of cells carry their units; they are the same in every language, so that sheets and programs find them again. */
export type Cells = Readonly<Record<string, Cell>>;
/** Column of a list → its cells by their names. */
export type CellsOf<Row> = Readonly<Record<string, Readonly<Record<string, (row: Row) => Cell>>>>;

/** A sheet would take a text that begins so for a formula and run it (OWASP, "CSV Injection"). */
const FORMULA_START = /^[=+\-@\t\r]/;

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell !== "string") return String(cell);
  const safe = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellText).join(",")}\r\n`;

/** The last column: names of those whose value is unknown in this row, because an empty cell alone could mean anything. */
export const UNKNOWN_COLUMN = "unknown";

export const csvHead = (names: readonly string[]): string => csvLine([...names, UNKNOWN_COLUMN]);

export function csvRow(names: readonly string[], cells: Cells): string {
  const values = names.map((name) => cells[name] ?? null);
  return csvLine([...values, names.filter((_, place) => values[place] === null).join(" ")]);
}
