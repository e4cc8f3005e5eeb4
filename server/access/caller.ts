import { and, eq, type SQL, sql } from "drizzle-orm";
import type { FactName } from "@/contract/facts";
import type { SelectorRequirement } from "@/contract/selector";
import { type Database, type Transaction, withTenant } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { DomainError } from "@/server/errors";
import { can, type Permission, type Role } from "./model";
import { requirementCondition, type Described as SelectorDescribed } from "./selector-sql";

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
  return and(own, ...caller.scope.requirements.map(siteCondition)) ?? own;
}

/** What everybody has in common who sees the same sites: what is counted for one of them is right for all. */
export function reachKey({ orgId, scope }: Caller): string {
  return scope.kind === "all" ? orgId : `${orgId} ${scope.text}`;
}

/** A site in selectors. */
export const SITE: SelectorDescribed & { facts: Record<FactName<"site">, SQL> } = {
  labels: [sql`${sites.labels}`],
  facts: {
    site: sql`${sites.name}`,
    region: sql`${sites.region}`,
    country: sql`${sites.country}`,
    carrier: sql`${sites.carrier}`,
    owner: sql`${sites.owner}`,
    deputy: sql`${sites.deputy}`,
    timeZone: sql`${sites.timeZone}`,
    gridZone: sql`${sites.gridZone}`,
    powerFeed: sql`${sites.powerFeed}`,
    tariff: sql`${sites.tariff}`,
    simulated: sql`${sites.isSimulated}::text`,
  },
};

/** One requirement of a selector of sites. */
export const siteCondition = (requirement: SelectorRequirement): SQL => requirementCondition(requirement, SITE);
