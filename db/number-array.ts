import { type Param, sql } from "drizzle-orm";

/**
 * One number of each row as the text of a Postgres array, for a parameter that the statement casts. The driver would
 * quote and escape every number by itself, which costs more than the rest of a statement with thousands of them.
 */
export function numberArray<Row>(rows: readonly Row[], take: (row: Row) => number | bigint): Param<string> {
  let text = "";
  for (const row of rows) text += text === "" ? take(row) : `,${take(row)}`;
  return sql.param(`{${text}}`) as Param<string>;
}
