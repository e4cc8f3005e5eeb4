import { and, eq, lt, sql } from "drizzle-orm";
import { operations } from "@/db/schema/operations";
import { asCaller, type Caller } from "@/server/access/caller";

/** What is over is shown for hours, and kept for days. */
const KEPT_DAYS = 7;

export type Progress = (done: number) => Promise<void>;

/**
 * Does something that may take long where everybody can see how far it is, also after whoever started it has left. The
 * row is written beside the work, not in its transaction: nobody would see it before the end.
 * @param total how many steps `work` has; it reports with `progress` how many are done
 * @throws whatever `work` throws; the operation has failed then
 */
export async function trackOperation<T>(
  caller: Caller,
  { kind, total }: { kind: "sites-import"; total: number },
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const id = await asCaller(caller, async (tx) => {
    const old = sql`now() - make_interval(days => ${KEPT_DAYS})`;
    await tx.delete(operations).where(and(eq(operations.orgId, caller.orgId), lt(operations.startedAt, old)));
    const [made] = await tx
      .insert(operations)
      .values({ orgId: caller.orgId, kind, userId: caller.userId, label: caller.email, total })
      .returning({ id: operations.id });
    return made?.id ?? "";
  });
  const set = (values: object) =>
    asCaller(caller, async (tx) => {
      await tx
        .update(operations)
        .set({ heardAt: sql`now()`, ...values })
        .where(and(eq(operations.orgId, caller.orgId), eq(operations.id, id)));
    });
  try {
    const result = await work((done) => set({ done }));
    await set({ done: total, endedAt: sql`now()`, outcome: "done" });
    return result;
  } catch (error) {
    // The work's own error is what matters, also when the database does not take this any more.
    await set({ endedAt: sql`now()`, outcome: "failed" }).catch(() => {});
    throw error;
  }
}
