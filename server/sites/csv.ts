import Papa from "papaparse";
import { SITE_COLUMNS, SITE_FIELDS, type SiteField, type SitePlace, siteTexts } from "./model";

/** Numbers by themselves are no formula; every other text that a spreadsheet would run is kept from it. */
const NUMBERS: readonly SiteField[] = ["latitude", "longitude", "pue"];
const FORMULA = /^'*[=+\-@\t\r\n|%]/;
/** A text with an apostrophe in front is a text and no formula (OWASP, "CSV Injection"). */
const guard = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
const unguard = (text: string): string => (text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text);

/** Sites with a mark for UTF-8 in front, which Excel needs; with `;` numbers get a decimal comma, as German ones have. */
export function writeSitesCsv(rows: readonly (SitePlace & { id: string })[], separator: "," | ";"): string {
  const decimal = separator === ";" ? "," : ".";
  const lines = rows.map((row) => {
    const texts = siteTexts(row, decimal);
    return [row.id, ...SITE_FIELDS.map((field) => (NUMBERS.includes(field) ? texts[field] : guard(texts[field])))];
  });
  const head = ["id", ...SITE_FIELDS.map((field) => SITE_COLUMNS[field])];
  return `\uFEFF${Papa.unparse([head, ...lines], { delimiter: separator, newline: "\r\n" })}\r\n`;
}

/** One row of a CSV of sites; a field whose column is not there is not among the texts. */
export type CsvRow = {
  /** Where it begins, from 1. */
  line: number;
  id: string | null;
  texts: Partial<Record<SiteField, string>>;
  /** Set when the row cannot be read at all. */
  broken: { kind: "columns" | "quote"; found: string } | null;
};
export type SitesCsv = { rows: CsvRow[]; ignoredColumns: string[]; columns: SiteField[] };

/** What keeps a text from being a CSV of sites at all; a key of the `sites.import.unreadable` messages. */
export class CsvError extends Error {
  override readonly name = "CsvError";
  constructor(
    readonly reason: "empty" | "no_name_column" | "duplicate_column" | "too_many_rows",
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
  }
}

const fieldOf = new Map<string, SiteField | "id">([
  ["id", "id"],
  ...SITE_FIELDS.map((field) => [SITE_COLUMNS[field], field] as const),
]);

/** `,`, `;` or tab: what stands most often in the header, which has no quoted text in what we write. */
function separatorOf(text: string): string {
  const head = text.slice(0, text.search(/[\r\n]|$/));
  const counted = [";", ",", "\t"].map((separator) => ({ separator, count: head.split(separator).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).separator;
}

/**
 * Reads a CSV of sites (RFC 4180) with a header of our column names, in any order.
 * @throws CsvError when it has no header of ours, or more rows than `rowsMax`
 */
export function readSitesCsv(input: string, rowsMax: number): SitesCsv {
  const text = input.replace(/^\uFEFF/, "");
  if (text.trim() === "") throw new CsvError("empty", "");
  const records: { line: number; cells: string[]; isBroken: boolean }[] = [];
  let line = 1;
  let read = 0;
  Papa.parse<string[]>(text, {
    delimiter: separatorOf(text),
    step: ({ data, errors, meta }, parser) => {
      const isBlank = data.every((cell) => cell.trim() === "");
      if (!isBlank) records.push({ line, cells: data, isBroken: errors.some(({ type }) => type === "Quotes") });
      for (; read < meta.cursor; read++)
        if (text[read] === "\n" || (text[read] === "\r" && text[read + 1] !== "\n")) line += 1;
      if (records.length > rowsMax + 1) parser.abort();
    },
  });
  const [head, ...body] = records;
  if (!head) throw new CsvError("empty", "");
  if (body.length > rowsMax) throw new CsvError("too_many_rows", String(rowsMax));
  const names = head.cells.map((cell) => cell.trim().toLowerCase());
  const fields = names.map((name) => fieldOf.get(name) ?? null);
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice !== undefined) throw new CsvError("duplicate_column", twice);
  if (!fields.includes("name")) throw new CsvError("no_name_column", head.cells.join(" ").slice(0, 200));
  return {
    ignoredColumns: head.cells.filter((cell, at) => fields[at] === null && cell.trim() !== ""),
    columns: fields.filter((field) => field !== null && field !== "id"),
    rows: body.map((record) => ({
      line: record.line,
      ...textsOf(record.cells, fields),
      broken: record.isBroken
        ? { kind: "quote", found: record.cells.join(" ").slice(0, 80) }
        : record.cells.length === fields.length
          ? null
          : { kind: "columns", found: `${record.cells.length} ≠ ${fields.length}` },
    })),
  };
}

function textsOf(cells: readonly string[], fields: readonly (SiteField | "id" | null)[]): Pick<CsvRow, "id" | "texts"> {
  let id: string | null = null;
  const texts: CsvRow["texts"] = {};
  for (const [at, field] of fields.entries()) {
    const cell = unguard(cells[at] ?? "");
    if (field === "id") id = cell.trim() === "" ? null : cell.trim().toLowerCase();
    else if (field !== null) texts[field] = cell;
  }
  return { id, texts };
}
