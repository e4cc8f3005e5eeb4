import { csvLine } from "@/server/lists/csv";
import type { Blocker, PlanRow } from "./shapes";

/** Columns of the file; names stay the same in every language, for those who read it with a program. */
const COLUMNS: readonly [string, (row: PlanRow) => string | number | null][] = [
  ["cluster", ({ name }) => name],
  ["site", ({ siteName }) => siteName],
  ["distribution", ({ distribution }) => distribution],
  ["version", ({ gitVersion }) => gitVersion],
  ["support", ({ support }) => support.state],
  ["support_ends", ({ support }) => support.ends],
  ["extended_support_ends", ({ support }) => support.extendedEnds],
  ["dates_of", ({ support }) => `${support.product} ${support.cycle ?? ""}`.trim()],
  ["dates_derived", ({ support }) => (support.isDerived ? "yes" : "no")],
  ["target", ({ target }) => target],
  ["hops", ({ hops }) => hops?.length ?? null],
  ["hop_versions", ({ hops }) => hops?.join(" ") ?? null],
  ["nodes_to_do", ({ nodesToDo }) => nodesToDo],
  ["evenings_estimated", ({ evenings }) => evenings],
  ["blockers", ({ blockers }) => blockers.map(blockerWord).join("; ")],
  ["systems_of_unknown_range", ({ rangesUnknown }) => rangesUnknown.join(" ")],
  ["source", ({ support }) => support.source],
  ["as_of", ({ support }) => support.asOf],
];

function blockerWord(blocker: Blocker): string {
  if (blocker.kind === "system") return `${blocker.component} ${blocker.cycle}: ${blocker.from} to ${blocker.to}`;
  return blocker.kind === "kubeletsUnknown" ? `kubeletsUnknown: ${blocker.nodes}` : blocker.kind;
}

/** The plan as a file. The mark at its start is for spreadsheets, which else take UTF-8 for something else. */
export function planCsv(rows: readonly PlanRow[]): string {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, of]) => of(row)))];
  return `\uFEFF${lines.map(csvLine).join("")}`;
}
