import { and, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { auditEntries } from "@/db/schema/audit";
import { asCaller, type Caller } from "@/server/access/caller";

export const AuditRow = z.object({
  id: z.number().int(),
  at: z.date(),
  actorKind: z.enum(["user", "agent", "system"]),
  actorLabel: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectLabel: z.string().nullable(),
  subjectId: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditRow = z.infer<typeof AuditRow>;

export const AuditPage = z.object({ rows: z.array(AuditRow), nextBefore: z.number().int().nullable() });
export type AuditPage = z.infer<typeof AuditPage>;

/** The log from the newest entry on; `before` is the `nextBefore` of the page above. */
export async function listAudit(caller: Caller, input: { before: number | null; limit: number }): Promise<AuditPage> {
  const rows = await asCaller(caller, (tx) =>
    tx
      .select()
      .from(auditEntries)
      .where(
        and(
          eq(auditEntries.orgId, caller.orgId),
          input.before === null ? undefined : lt(auditEntries.id, input.before),
        ),
      )
      .orderBy(desc(auditEntries.id))
      .limit(input.limit + 1),
  );
  const page = rows.slice(0, input.limit);
  return {
    rows: z.array(AuditRow).parse(page),
    nextBefore: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
  };
}
