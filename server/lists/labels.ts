import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { LABEL_KEY_PATTERN } from "@/contract/selector";
import type { Transaction } from "@/db/client";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { Labels } from "@/server/agents/model";
import { recordAudit } from "@/server/audit/record";
import { DomainError } from "@/server/errors";
import { announceMachines } from "@/server/live";
import { BULK_MAX, CHOSEN_MAX } from "./model";
import { LimitsInput } from "./shapes";
import { listFilter } from "./subject";
import { SUBJECTS } from "./subjects";

const LABELS_MAX = 64;
const SAMPLES = 5;
/** Names in the audit log; the count says how many there were. */
const NAMES_MAX = 20;

export const LabelsChange = z
  .object({
    kind: z.enum(["cluster", "machine"]),
    /** Chosen rows, or all that the list matches. */
    target: z.union([z.object({ ids: z.array(z.uuid()).min(1).max(CHOSEN_MAX) }), LimitsInput]),
    set: Labels,
    remove: z.array(z.string().regex(LABEL_KEY_PATTERN)).max(LABELS_MAX),
  })
  .refine(({ set, remove }) => Object.keys(set).length + remove.length > 0, "nothing to change")
  .refine(({ set, remove }) => !remove.some((key) => Object.hasOwn(set, key)), "a label is both set and removed");
export type LabelsChange = z.infer<typeof LabelsChange>;

const LabelsOf = z.record(z.string(), z.string());
export const LabelsPreview = z.object({
  /** Things that are meant, and how many of them would be changed; the others have it so already. */
  total: z.number().int(),
  changed: z.number().int(),
  samples: z.array(z.object({ name: z.string(), before: LabelsOf, after: LabelsOf })),
});
export type LabelsPreview = z.infer<typeof LabelsPreview>;

type Row = {
  id: string;
  name: string;
  siteId: string;
  before: Record<string, string>;
  after: Record<string, string>;
  isChanged: boolean;
};

/** What is meant, as it is and as it would be; only what this caller may see is ever meant. */
async function readRows(tx: Transaction, caller: Caller, { kind, target, set, remove }: LabelsChange): Promise<Row[]> {
  const subject = SUBJECTS[kind];
  const filter: SQL =
    "ids" in target
      ? sql`${visibleSites(caller)} and ${subject.id} = any (${sql.param(target.ids)}::uuid[])`
      : listFilter(caller, subject, target);
  const [own] = subject.labels;
  const { rows } = await tx.execute<Row>(sql`
    select id, name, "siteId", before, after, before <> after as "isChanged" from (
      select ${subject.id} as id, ${subject.name} as name, sites.id as "siteId", ${own} as before,
        (${own} - ${sql.param(remove)}::text[]) || ${JSON.stringify(set)}::jsonb as after
      from ${subject.from} where ${filter} order by lower(${subject.name}), ${subject.id} limit ${BULK_MAX + 1}) r`);
  if (rows.length > BULK_MAX) throw new DomainError("invalid", "bulk_too_many", { max: BULK_MAX });
  const full = rows.find(({ after }) => Object.keys(after).length > LABELS_MAX);
  if (full) throw new DomainError("invalid", "labels_too_many", { name: full.name, max: LABELS_MAX });
  return rows;
}

/**
 * What a change of labels would do, without doing it.
 * @throws DomainError invalid `selector`, `bulk_too_many`, `labels_too_many`
 */
export function previewLabels(caller: Caller, input: LabelsChange): Promise<LabelsPreview> {
  return asCaller(caller, async (tx) => {
    const rows = await readRows(tx, caller, input);
    const changed = rows.filter(({ isChanged }) => isChanged);
    return {
      total: rows.length,
      changed: changed.length,
      samples: changed.slice(0, SAMPLES).map(({ name, before, after }) => ({ name, before, after })),
    };
  });
}

/**
 * Sets and removes labels of clusters or machines.
 * @param input `expected`: how many the preview said would change; another number changes nothing
 * @throws DomainError conflict `labels_moved`; invalid as the preview
 */
export function updateLabels(caller: Caller, input: LabelsChange & { expected: number }): Promise<{ changed: number }> {
  const { kind, target, set, remove, expected } = input;
  const table = kind === "cluster" ? sql`clusters` : sql`machines`;
  return asCaller(caller, async (tx) => {
    const changed = (await readRows(tx, caller, input)).filter(({ isChanged }) => isChanged);
    if (changed.length !== expected) {
      throw new DomainError("conflict", "labels_moved", { expected, found: changed.length });
    }
    if (changed.length === 0) return { changed: 0 };
    await tx.execute(sql`
      update ${table} t set labels = (labels - ${sql.param(remove)}::text[]) || ${JSON.stringify(set)}::jsonb
      where t.org_id = ${caller.orgId}::uuid and t.id = any (${sql.param(changed.map(({ id }) => id))}::uuid[])`);
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "lists:labels-update",
      subject: { kind, label: changed.length === 1 ? changed[0]?.name : String(changed.length) },
      details: {
        ...{ set, remove, changed: changed.length },
        ...("ids" in target ? {} : { selector: target.selector, search: target.search }),
        names: changed.slice(0, NAMES_MAX).map(({ name }) => name),
      },
    });
    const places = changed.map(({ id, siteId }) => ({ siteId, machineId: kind === "machine" ? id : null }));
    await announceMachines(tx, caller.orgId, "fleet", places);
    return { changed: changed.length };
  });
}
