import { and, desc, eq, or, sql } from "drizzle-orm";
import { z } from "zod";
import { operations } from "@/db/schema/operations";
import { asCaller, type Caller } from "@/server/access/caller";

/** What ended is shown so long: whoever left comes back and sees how it went. */
const SHOWN_HOURS = 1;
/** One step takes half a minute at most; a program that says nothing for so long has died. */
const SILENT_SECONDS = 120;
const ROWS_MAX = 20;

export const OperationRow = z.object({
  id: z.uuid(),
  kind: z.enum(["sites-import"]),
  /** Who started it. */
  label: z.string(),
  isOwn: z.boolean(),
  done: z.number().int(),
  total: z.number().int(),
  startedAt: z.date(),
  /** When it last said how far it is. */
  heardAt: z.date(),
  endedAt: z.date().nullable(),
  /** `lost`: nothing was heard of it any more, so how far it came is not known. */
  state: z.enum(["running", "lost", "done", "failed"]),
});
export type OperationRow = z.infer<typeof OperationRow>;

/** Operations that run and those of the last hour, the newest first. Who sees not all sites sees only the own ones. */
export function listOperations(caller: Caller): Promise<OperationRow[]> {
  const isOwn = sql<boolean>`coalesce(${operations.userId} = ${caller.userId}::uuid, false)`;
  const isRecent = sql`${operations.endedAt} > now() - make_interval(hours => ${SHOWN_HOURS})`;
  const isOpen = sql`${operations.endedAt} is null and ${operations.startedAt} > now() - interval '1 day'`;
  return asCaller(caller, (tx) =>
    tx
      .select({
        id: operations.id,
        kind: operations.kind,
        label: operations.label,
        isOwn,
        done: operations.done,
        total: operations.total,
        startedAt: operations.startedAt,
        heardAt: operations.heardAt,
        endedAt: operations.endedAt,
        state: sql<OperationRow["state"]>`case when ${operations.outcome} is not null then ${operations.outcome}
          when ${operations.heardAt} < now() - make_interval(secs => ${SILENT_SECONDS}) then 'lost' else 'running' end`,
      })
      .from(operations)
      .where(
        and(eq(operations.orgId, caller.orgId), caller.scope.kind === "all" ? undefined : isOwn, or(isOpen, isRecent)),
      )
      .orderBy(desc(operations.startedAt))
      .limit(ROWS_MAX),
  );
}
