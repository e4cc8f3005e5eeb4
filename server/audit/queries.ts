import { and, count, desc, eq, lt } from "drizzle-orm";
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

export const AuditPage = z.object({
  rows: z.array(AuditRow),
  nextCursor: z.number().int().nullable(),
  total: z.number().int(),
});
export type AuditPage = z.infer<typeof AuditPage>;

/** The log from the newest entry on; `cursor` is the `nextCursor` of the page above. */
export async function listAudit(caller: Caller, input: { cursor: number | null; limit: number }): Promise<AuditPage> {
  return asCaller(caller, async (tx) => {
    const own = eq(auditEntries.orgId, caller.orgId);
    const rows = await tx
      .select()
      .from(auditEntries)
      .where(and(own, input.cursor === null ? undefined : lt(auditEntries.id, input.cursor)))
      .orderBy(desc(auditEntries.id))
      .limit(input.limit + 1);
    const [all] = await tx.select({ total: count() }).from(auditEntries).where(own);
    const page = rows.slice(0, input.limit);
    return {
      rows: z.array(AuditRow).parse(page),
      nextCursor: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
      total: all?.total ?? 0,
    };
  });
}
