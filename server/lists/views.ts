import { and, asc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Transaction } from "@/db/client";
import { savedViews } from "@/db/schema/lists";
import { asCaller, authorize, type Caller } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { DomainError, isTaken, notFound } from "@/server/errors";
import { LISTS, listStateParameters, parseListState, VIEW_QUERY_MAX } from "./model";

const ViewName = z.string().trim().min(1).max(100);
const Query = z.string().max(VIEW_QUERY_MAX);

export const ViewInput = z.object({ list: z.enum(LISTS), name: ViewName, query: Query, isTeam: z.boolean() });
export type ViewInput = z.infer<typeof ViewInput>;
/** What is left out stays. */
export const ViewChange = z.object({ viewId: z.uuid(), name: ViewName.optional(), query: Query.optional() });
export type ViewChange = z.infer<typeof ViewChange>;

export const View = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The address of the list, from after the question mark. */
  query: z.string(),
  isTeam: z.boolean(),
});
export type View = z.infer<typeof View>;

const COLUMNS = {
  id: savedViews.id,
  name: savedViews.name,
  query: savedViews.query,
  isTeam: sql<boolean>`${savedViews.userId} is null`,
};

/** Own views and the team's of one list; row-level security leaves out those of others. */
export function listViews(caller: Caller, list: ViewInput["list"]): Promise<View[]> {
  return asCaller(caller, (tx) =>
    tx
      .select(COLUMNS)
      .from(savedViews)
      .where(and(eq(savedViews.orgId, caller.orgId), eq(savedViews.list, list)))
      .orderBy(sql`${savedViews.userId} nulls last`, asc(sql`lower(${savedViews.name})`))
      .limit(500),
  );
}

const audited = (caller: Caller, action: "lists:view-create" | "lists:view-update" | "lists:view-delete") => ({
  orgId: caller.orgId,
  actor: { kind: "user" as const, id: caller.userId, label: caller.email },
  action,
});

/** What of an address a list understands: nothing else is kept. */
const normal = (list: ViewInput["list"], query: string): string =>
  listStateParameters(parseListState(list, new URLSearchParams(query))).toString();

/**
 * Keeps a view under a name.
 * @throws DomainError denied for a team's view without the permission; conflict `view_exists`
 */
export async function createView(caller: Caller, { list, name, query, isTeam }: ViewInput): Promise<{ id: string }> {
  if (isTeam) authorize(caller, "lists:share");
  return asCaller(caller, async (tx) => {
    const [made] = await tx
      .insert(savedViews)
      .values({
        ...{ orgId: caller.orgId, list, name, query: normal(list, query) },
        ...{ userId: isTeam ? null : caller.userId, createdBy: caller.userId },
      })
      .onConflictDoNothing()
      .returning({ id: savedViews.id });
    if (!made) throw new DomainError("conflict", "view_exists", { name });
    await recordAudit(tx, {
      ...audited(caller, "lists:view-create"),
      subject: { kind: "view", id: made.id, label: name },
      details: { list, isTeam },
    });
    return made;
  });
}

async function findView(tx: Transaction, caller: Caller, viewId: string) {
  const [view] = await tx
    .select({ ...COLUMNS, list: savedViews.list })
    .from(savedViews)
    .where(and(eq(savedViews.orgId, caller.orgId), eq(savedViews.id, viewId)))
    .for("update");
  if (!view) throw notFound("view");
  if (view.isTeam) authorize(caller, "lists:share");
  return view;
}

/**
 * Gives a view another name, or makes it show something else.
 * @throws DomainError not_found; denied for a team's view without the permission; conflict `view_exists`
 */
export async function updateView(caller: Caller, { viewId, name, query }: ViewChange): Promise<void> {
  await asCaller(caller, async (tx) => {
    const before = await findView(tx, caller, viewId);
    const after = { name: name ?? before.name, query: query === undefined ? before.query : normal(before.list, query) };
    await tx
      .update(savedViews)
      .set(after)
      .where(and(eq(savedViews.orgId, caller.orgId), eq(savedViews.id, viewId)))
      .catch((error: unknown) => {
        if (isTaken(error, "saved_views_name")) throw new DomainError("conflict", "view_exists", { name: after.name });
        throw error;
      });
    const { list, isTeam } = before;
    await recordAudit(tx, {
      ...audited(caller, "lists:view-update"),
      subject: { kind: "view", id: viewId, label: after.name },
      details: {
        ...{ list, isTeam },
        ...(after.name === before.name ? {} : { before: { name: before.name }, after: { name: after.name } }),
      },
    });
  });
}

/** @throws DomainError not_found; denied for a team's view without the permission */
export async function deleteView(caller: Caller, viewId: string): Promise<void> {
  await asCaller(caller, async (tx) => {
    const { list, name, isTeam } = await findView(tx, caller, viewId);
    await tx.delete(savedViews).where(and(eq(savedViews.orgId, caller.orgId), eq(savedViews.id, viewId)));
    await recordAudit(tx, {
      ...audited(caller, "lists:view-delete"),
      subject: { kind: "view", id: viewId, label: name },
      details: { list, isTeam },
    });
  });
}
