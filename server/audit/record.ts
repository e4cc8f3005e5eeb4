import type { Transaction } from "@/db/client";
import { auditEntries } from "@/db/schema/audit";
import type { AuditAction } from "./model";

export type AuditEntry = {
  orgId: string;
  actor: { kind: "user" | "agent" | "system"; id?: string; label: string };
  action: AuditAction;
  subject: { kind: string; id?: string; label?: string };
  /** What changed, in words a person can read; never a secret. */
  details?: Record<string, unknown>;
};

const rowOf = (entry: AuditEntry) => ({
  orgId: entry.orgId,
  actorKind: entry.actor.kind,
  actorId: entry.actor.id ?? null,
  actorLabel: entry.actor.label,
  action: entry.action,
  subjectKind: entry.subject.kind,
  subjectId: entry.subject.id ?? null,
  subjectLabel: entry.subject.label ?? null,
  details: entry.details ?? {},
});

/** Entries of one statement; Postgres takes at most 65,535 values in one. */
const ENTRIES_AT_ONCE = 2000;

/** Writes into the transaction of the change itself: either both are there, or neither. */
export async function recordAudit(tx: Transaction, entry: AuditEntry): Promise<void> {
  await tx.insert(auditEntries).values(rowOf(entry));
}

/** As `recordAudit`, for a change of many things at once. */
export async function recordAudits(tx: Transaction, entries: readonly AuditEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += ENTRIES_AT_ONCE) {
    await tx.insert(auditEntries).values(entries.slice(from, from + ENTRIES_AT_ONCE).map(rowOf));
  }
}
