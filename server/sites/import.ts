import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { recordAudit, recordAudits } from "@/server/audit/record";
import { DomainError } from "@/server/errors";
import { announce } from "@/server/live";
import { type Progress, trackOperation } from "@/server/operations/track";
import { CsvError, readSitesCsv, type SitesCsv } from "./csv";
import { type ImportPlan, type KnownSite, type PlannedSite, planImport } from "./import-plan";
import {
  IMPORT_CHANGES_MAX,
  IMPORT_PROBLEMS_MAX,
  IMPORT_ROWS_MAX,
  SITE_COLUMNS,
  SITE_FIELDS,
  type SitePlace,
  siteTexts,
} from "./model";
import { PLACE } from "./queries";
import { isInReach } from "./reach";
import type { ImportPreview } from "./shapes";

/**
 * What an import of this text would do; writes nothing.
 * @throws DomainError invalid `import_<reason>` when the text is no CSV of sites
 */
export async function previewImport(caller: Caller, text: string): Promise<ImportPreview> {
  const csv = parse(text);
  return asCaller(caller, async (tx) => previewOf(csv, await makePlan(tx, caller, csv)));
}

/**
 * Imports, in one transaction; many sites as an operation that others see. The same text again changes nothing.
 * @throws DomainError invalid `import_bad_rows` when a row is bad and the good ones were not asked for;
 *   conflict `import_moved` when a site was made at the same moment under a name of this text
 */
export async function runImport(
  caller: Caller,
  { text, isPartial }: { text: string; isPartial: boolean },
): Promise<ImportPreview> {
  const csv = parse(text);
  const total = csv.rows.length;
  if (total <= SITES_AT_ONCE) return importRows(caller, csv, isPartial, null);
  return trackOperation(caller, { kind: "sites-import", total }, (progress) =>
    importRows(caller, csv, isPartial, progress),
  );
}

async function importRows(
  caller: Caller,
  csv: SitesCsv,
  isPartial: boolean,
  progress: Progress | null,
): Promise<ImportPreview> {
  return asCaller(caller, async (tx) => {
    const plan = await makePlan(tx, caller, csv, "locked");
    if (plan.bad > 0 && !isPartial) throw new DomainError("invalid", "import_bad_rows", { count: plan.bad });
    const preview = previewOf(csv, plan);
    if (plan.planned.length === 0) return preview;
    const ids = await write(tx, caller.orgId, plan.planned, progress);
    const actor = { kind: "user" as const, id: caller.userId, label: caller.email };
    await recordAudits(
      tx,
      plan.planned.map((planned, at) => ({
        orgId: caller.orgId,
        actor,
        action: planned.before ? ("fleet:site-update" as const) : ("fleet:site-create" as const),
        subject: { kind: "site", id: ids[at], label: planned.after.name },
        details: auditDetails(planned),
      })),
    );
    const { rows, created, changed, left, bad } = preview;
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor,
      action: "fleet:site-import",
      subject: { kind: "site" },
      details: { rows, created, changed, left, bad },
    });
    await announce(tx, { orgId: caller.orgId, siteId: null, machineId: null, topic: "fleet" });
    return preview;
  });
}

/** What the audit log keeps of a change: of a new site what is known, of another one only what changed. */
export function auditDetails({
  before,
  after,
  changed,
}: Pick<PlannedSite, "after" | "changed"> & { before: SitePlace | null }) {
  const partOf = (place: SitePlace) => Object.fromEntries(changed.map((field) => [field, place[field]]));
  return before ? { before: partOf(before), after: partOf(after) } : partOf(after);
}

function parse(text: string): SitesCsv {
  try {
    return readSitesCsv(text, IMPORT_ROWS_MAX);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new DomainError("invalid", `import_${error.reason}`, { detail: error.detail, max: IMPORT_ROWS_MAX });
  }
}

async function makePlan(tx: Transaction, caller: Caller, csv: SitesCsv, mode?: "locked"): Promise<ImportPlan> {
  const { scope } = caller;
  const query = tx
    .select({ ...PLACE, id: sites.id, isSimulated: sites.isSimulated, key: sql<string>`lower(${sites.name})` })
    .from(sites)
    .where(visibleSites(caller));
  const known: KnownSite[] = await (mode === "locked" ? query.for("no key update") : query);
  const keysOf = async (names: readonly string[]): Promise<string[]> => {
    const { rows } = await tx.execute<{ key: string }>(sql`
      select lower(value) as key from jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)
        with ordinality as given (value, place) order by place`);
    return rows.map(({ key }) => key);
  };
  const isAll = scope.kind === "all";
  const hidden = isAll
    ? []
    : await tx
        .select({ key: sql<string>`lower(${sites.name})` })
        .from(sites)
        .where(sql`(${visibleSites(caller)}) is not true`);
  return planImport({
    csv,
    // NUL has no place in a text of Postgres; the row is bad by its name in any case.
    keys: await keysOf(csv.rows.map(({ texts }) => (texts.name ?? "").replaceAll("\0", "").trim())),
    known,
    takenKeys: new Set(hidden.map(({ key }) => key)),
    isInReach: (site) => isInReach(caller, site),
  });
}

function previewOf(csv: SitesCsv, { planned, left, bad, problems }: ImportPlan): ImportPreview {
  return {
    rows: csv.rows.length,
    created: planned.filter(({ before }) => !before).length,
    changed: planned.filter(({ before }) => before).length,
    left,
    bad,
    problems: problems.slice(0, IMPORT_PROBLEMS_MAX),
    changes: planned.slice(0, IMPORT_CHANGES_MAX).map(({ line, before, after, changed }) => {
      const was = before ? siteTexts(before) : null;
      const is = siteTexts(after);
      return {
        line,
        name: after.name,
        isNew: before === null,
        fields: changed.map((field) => ({ column: SITE_COLUMNS[field], before: was?.[field] ?? "", after: is[field] })),
      };
    }),
    ignoredColumns: csv.ignoredColumns,
  };
}

const column = sql.raw;
const NAMES = SITE_FIELDS.map((field) => SITE_COLUMNS[field]);
const TYPES = SITE_FIELDS.map((field) => {
  const isNumber = ["latitude", "longitude", "pue"].includes(field);
  return `${SITE_COLUMNS[field]} ${isNumber ? "double precision" : field === "labels" ? "jsonb" : "text"}`;
}).join(", ");

/** Sites of one statement: each is also written into the search, and a statement ends after 30 s. */
const SITES_AT_ONCE = 500;

/** Makes and changes all planned sites; gives their ids in the order of the plan. */
async function write(
  tx: Transaction,
  orgId: string,
  planned: readonly PlannedSite[],
  progress: Progress | null,
): Promise<string[]> {
  const records = planned.map(({ before, after }) => ({
    id: before?.id ?? crypto.randomUUID(),
    is_new: before === null,
    ...Object.fromEntries(SITE_FIELDS.map((field) => [SITE_COLUMNS[field], after[field]])),
  }));
  for (let from = 0; from < records.length; from += SITES_AT_ONCE) {
    const some = records.slice(from, from + SITES_AT_ONCE);
    await writeRecords(tx, orgId, some);
    await progress?.(from + some.length);
  }
  return records.map(({ id }) => id);
}

async function writeRecords(tx: Transaction, orgId: string, records: readonly object[]): Promise<void> {
  const given = sql`jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as given (id uuid, is_new boolean, ${column(TYPES)})`;
  const { rowCount: changed } = await tx.execute(sql`
    update sites set ${column(NAMES.map((name) => `${name} = given.${name}`).join(", "))} from ${given}
    where sites.org_id = ${orgId}::uuid and sites.id = given.id and not given.is_new`);
  const { rowCount: made } = await tx.execute(sql`
    insert into sites (org_id, id, ${column(NAMES.join(", "))})
    select ${orgId}::uuid, given.id, ${column(NAMES.map((name) => `given.${name}`).join(", "))} from ${given}
    where given.is_new on conflict do nothing`);
  if ((changed ?? 0) + (made ?? 0) !== records.length) throw new DomainError("conflict", "import_moved");
}
