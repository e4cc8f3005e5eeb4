import type { CsvRow, SitesCsv } from "./csv";
import { pairProblem, readSite, SITE_COLUMNS, SITE_FIELDS, type SiteField, type SitePlace, siteTexts } from "./model";
import type { ImportProblem } from "./shapes";

/** A site that is there already; `key` is its name as the database compares names. */
export type KnownSite = SitePlace & { id: string; key: string; isSimulated: boolean };
/** A row that would make or change a site, with what the site then is. */
export type PlannedSite = { line: number; before: KnownSite | null; after: SitePlace; changed: SiteField[] };
export type ImportPlan = { planned: PlannedSite[]; left: number; bad: number; problems: ImportProblem[] };

export type PlanRequest = {
  csv: SitesCsv;
  /** The name of each row as the database compares names. */
  keys: readonly string[];
  /** The sites that the caller may see. */
  known: readonly KnownSite[];
  /** Names of sites that the caller may not see. */
  takenKeys: ReadonlySet<string>;
  /** Whether the caller could see a site that is so. */
  isInReach: (site: SitePlace) => boolean;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UNKNOWN: SitePlace = {
  name: "",
  region: null,
  country: null,
  address: null,
  latitude: null,
  longitude: null,
  timeZone: null,
  gridZone: null,
  tariff: null,
  pue: null,
  contact: null,
  runbookUrl: null,
  carrier: null,
  powerFeed: null,
  owner: null,
  deputy: null,
  labels: {},
};

/**
 * What an import would do, row by row: a row belongs to the site of its id, without an id to that of its name. A column
 * that is not there leaves its field as it is; an empty entry makes it unknown. Pure.
 */
export function planImport(request: PlanRequest): ImportPlan {
  const { csv, keys, known } = request;
  const byId = new Map(known.map((site) => [site.id, site]));
  const byKey = new Map(known.map((site) => [site.key, site]));
  /** Lines by the site and by the name that they take. */
  const lines = new Map<string, number>();
  const plan: ImportPlan = { planned: [], left: 0, bad: 0, problems: [] };
  for (const [at, row] of csv.rows.entries()) {
    const key = keys[at] ?? "";
    const before = (row.id === null ? byKey.get(key) : byId.get(row.id)) ?? null;
    const after = { ...(before ?? UNKNOWN) };
    const problems = row.broken ? [brokenProblem(row, row.broken)] : readRow(row, after);
    if (!row.broken) problems.push(...placeProblems(row, { before, after, key, byKey, lines, request }));
    if (problems.length > 0) {
      plan.bad += 1;
      plan.problems.push(...problems);
      continue;
    }
    const changed = before ? changedFields(before, after) : SITE_FIELDS.filter((field) => isKnown(after[field]));
    if (before && changed.length === 0) plan.left += 1;
    else plan.planned.push({ line: row.line, before, after, changed });
  }
  return plan;
}

const brokenProblem = ({ line }: CsvRow, { kind, found }: NonNullable<CsvRow["broken"]>): ImportProblem => ({
  line,
  column: "",
  found,
  expected: { kind },
});

/** Puts the row's entries into the site; what cannot be read is given back. */
function readRow(row: CsvRow, after: SitePlace): ImportProblem[] {
  const { values, problems } = readSite(row.texts);
  Object.assign(after, values);
  const hasNumbers = !problems.some(({ field }) => field === "latitude" || field === "longitude");
  const pair = hasNumbers ? pairProblem(after) : null;
  return [...problems, ...(pair ? [pair] : [])].map(({ field, found, expected }) => ({
    line: row.line,
    column: SITE_COLUMNS[field],
    found: shortened(found),
    expected,
  }));
}

type Surroundings = {
  before: KnownSite | null;
  after: SitePlace;
  key: string;
  byKey: ReadonlyMap<string, KnownSite>;
  lines: Map<string, number>;
  request: PlanRequest;
};

/** What a row can only be told of beside the others and beside what is there. */
function placeProblems(row: CsvRow, { before, after, key, byKey, lines, request }: Surroundings): ImportProblem[] {
  const { line, id } = row;
  const say = (column: string, found: string, expected: ImportProblem["expected"]): ImportProblem[] => [
    { line, column, found: shortened(found), expected },
  ];
  if (id !== null && !UUID.test(id)) return say("id", id, { kind: "uuid" });
  if (id !== null && !before) return say("id", id, { kind: "unknownId" });
  const name = row.texts.name ?? "";
  const owner = byKey.get(key);
  if (request.takenKeys.has(key) || (owner && owner.id !== before?.id)) return say("name", name, { kind: "nameTaken" });
  const earlier = lines.get(`name ${key}`) ?? (before ? lines.get(`id ${before.id}`) : undefined);
  if (earlier !== undefined) return say(id === null ? "name" : "id", id ?? name, { kind: "unique", line: earlier });
  lines.set(`name ${key}`, line);
  if (before) lines.set(`id ${before.id}`, line);
  return request.isInReach(after) ? [] : say("", name, { kind: "outOfReach" });
}

const shortened = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);
const isKnown = (value: SitePlace[SiteField]): boolean =>
  value !== null && (typeof value !== "object" || Object.keys(value).length > 0);

/** The fields in which two differ. */
export function changedFields(before: SitePlace, after: SitePlace): SiteField[] {
  const was = siteTexts(before);
  const is = siteTexts(after);
  return SITE_FIELDS.filter((field) => was[field] !== is[field]);
}
