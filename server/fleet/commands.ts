import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { DomainError } from "@/server/errors";
import { announce } from "@/server/live";
import type { SitePlace } from "@/server/sites/model";
import { isInReach } from "@/server/sites/reach";

/**
 * Makes a site; what is not given of its place is unknown.
 * @throws DomainError conflict `site_exists`; denied `site_out_of_scope` when the caller could not see it afterwards
 */
export async function createSite(
  caller: Caller,
  input: { name: string; labels: Record<string, string> } & Partial<SitePlace>,
): Promise<{ id: string }> {
  if (caller.scope.kind === "selector" && !isInReach(caller, input)) {
    throw new DomainError("denied", "site_out_of_scope", { selector: caller.scope.text });
  }
  return asCaller(caller, async (tx) => {
    const [made] = await tx
      .insert(sites)
      .values({ ...input, orgId: caller.orgId })
      .onConflictDoNothing()
      .returning({ id: sites.id });
    if (!made) throw new DomainError("conflict", "site_exists", { name: input.name });
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "fleet:site-create",
      subject: { kind: "site", id: made.id, label: input.name },
      details: Object.fromEntries(Object.entries(input).filter(([name, value]) => name !== "name" && value !== null)),
    });
    await announce(tx, { orgId: caller.orgId, siteId: made.id, machineId: null, topic: "fleet" });
    return made;
  });
}
