import { and, eq } from "drizzle-orm";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { DomainError, isTaken, notFound } from "@/server/errors";
import { createSite } from "@/server/fleet/commands";
import { announce } from "@/server/live";
import { auditDetails } from "./import";
import { changedFields } from "./import-plan";
import { pairProblem, readSite, SITE_COLUMNS, type SitePlace } from "./model";
import { PLACE } from "./queries";
import { isInReach } from "./reach";
import type { SiteEntries } from "./shapes";

/** @throws DomainError invalid `site_entry`: the first entry that cannot be read; the form says the same beforehand */
function readEntries(entries: SiteEntries): Partial<SitePlace> {
  const { values, problems } = readSite(entries);
  const [problem] = problems;
  if (problem)
    throw new DomainError("invalid", "site_entry", { column: SITE_COLUMNS[problem.field], found: problem.found });
  return values;
}

function checkPair(place: Pick<SitePlace, "latitude" | "longitude">): void {
  if (pairProblem(place)) throw new DomainError("invalid", "site_coordinates");
}

/**
 * Makes a site from what a person entered; what is left out is unknown.
 * @throws DomainError invalid `site_entry`, `site_coordinates`, and what `fleet.sites.create` throws
 */
export async function createSiteFromEntries(caller: Caller, entries: SiteEntries): Promise<{ id: string }> {
  const { name, labels = {}, ...place } = readEntries({ ...entries, name: entries.name ?? "" });
  const { latitude = null, longitude = null } = place;
  checkPair({ latitude, longitude });
  if (name === undefined) throw new DomainError("invalid", "site_entry", { column: "name", found: "" });
  return createSite(caller, { ...place, name, labels });
}

/**
 * Changes what is kept of a site; entries that are left out stay as they are, empty ones become unknown.
 * @throws DomainError not_found; invalid `site_entry`, `site_coordinates`; conflict `site_exists`;
 *   denied `site_out_of_scope` when the caller could not see it afterwards
 */
export async function updateSite(
  caller: Caller,
  { siteId, entries }: { siteId: string; entries: SiteEntries },
): Promise<void> {
  const values = readEntries(entries);
  await asCaller(caller, async (tx) => {
    const [before] = await tx
      .select({ ...PLACE, isSimulated: sites.isSimulated })
      .from(sites)
      .where(and(visibleSites(caller), eq(sites.id, siteId)))
      .for("no key update");
    if (!before) throw notFound("site");
    const after = { ...before, ...values };
    checkPair(after);
    const { scope } = caller;
    if (scope.kind === "selector" && !isInReach(caller, after)) {
      throw new DomainError("denied", "site_out_of_scope", { selector: scope.text });
    }
    const changed = changedFields(before, after);
    if (changed.length === 0) return;
    await tx
      .update(sites)
      .set(Object.fromEntries(changed.map((field) => [field, after[field]])))
      .where(and(visibleSites(caller), eq(sites.id, siteId)))
      .catch((error: unknown) => {
        if (isTaken(error, "sites_name")) throw new DomainError("conflict", "site_exists", { name: after.name });
        throw error;
      });
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "fleet:site-update",
      subject: { kind: "site", id: siteId, label: after.name },
      details: auditDetails({ before, after, changed }),
    });
    await announce(tx, { orgId: caller.orgId, siteId, machineId: null, topic: "fleet" });
  });
}
