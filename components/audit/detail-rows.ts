export type DetailRow = { name: string } & ({ value: unknown } | { before: unknown; after: unknown });

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The details of an audit entry, a line each. Of a change, only what really changed is there. */
export function detailRows(details: Readonly<Record<string, unknown>>): DetailRow[] {
  const { before, after, ...others } = details;
  const rows: DetailRow[] = Object.entries(others).map(([name, value]) => ({ name, value }));
  if (!isObject(before) || !isObject(after)) {
    if (before !== undefined) rows.push({ name: "before", value: before });
    if (after !== undefined) rows.push({ name: "after", value: after });
    return rows;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[name]) === JSON.stringify(after[name])) continue;
    rows.push({ name, before: before[name], after: after[name] });
  }
  return rows;
}
