import { and, eq, inArray, not, or, type SQL, sql } from "drizzle-orm";
import type { SelectorRequirement } from "@/contract/selector";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { DomainError } from "@/server/errors";
import { can, type Permission, type Role } from "./model";

/** Which sites a caller may see: all, or those that a label selector matches at this moment. */
export type Scope = { kind: "all" } | { kind: "selector"; text: string; requirements: SelectorRequirement[] };

/** Who asks. The first argument of every query and command. */
export type Caller = {
  database: Database;
  orgId: string;
  userId: string;
  email: string;
  name: string;
  role: Role;
  scope: Scope;
  sessionId: string;
};

/** True when the caller's role and reach allow it; the same table as on the screen. */
export function callerCan(caller: Caller, permission: Permission): boolean {
  return can({ role: caller.role, hasFullScope: caller.scope.kind === "all" }, permission);
}

/** @throws DomainError denied */
export function authorize(caller: Caller, permission: Permission): void {
  if (!callerCan(caller, permission)) throw new DomainError("denied", "denied", { permission });
}

/** One transaction as this caller: its organisation is set for row-level security. */
export function asCaller<T>(caller: Caller, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return withTenant(caller.database, { orgId: caller.orgId, userId: caller.userId }, work);
}

/** The condition on `sites` that limits a query to what this caller may see; start every fleet query from it. */
export function visibleSites(caller: Caller): SQL {
  const own = eq(sites.orgId, caller.orgId);
  if (caller.scope.kind === "all") return own;
  return and(own, ...caller.scope.requirements.map(labelCondition)) ?? own;
}

/** One requirement of a selector over `sites.labels`; missing labels match `notin`, as in Kubernetes. */
export function labelCondition(requirement: SelectorRequirement): SQL {
  const value = sql`${sites.labels} ->> ${requirement.key}`;
  const has = sql`${sites.labels} ? ${requirement.key}`;
  switch (requirement.operator) {
    case "exists":
      return has;
    case "absent":
      return not(has);
    case "in":
      return and(has, inArray(value, requirement.values)) ?? has;
    case "notin":
      return or(not(has), not(inArray(value, requirement.values))) ?? has;
  }
}
