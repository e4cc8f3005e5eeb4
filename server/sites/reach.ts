import type { FactName } from "@/contract/facts";
import { matchesSelector } from "@/contract/selector";
import type { Caller } from "@/server/access/caller";
import type { SitePlace } from "./model";

/** What of a site a role's reach may ask for; what is left out is unknown. */
export type ReachedSite = Partial<SitePlace> & Pick<SitePlace, "name" | "labels"> & { isSimulated?: boolean };

/** Whether this caller can see a site that is so; the same as `visibleSites`, before it is written. */
export function isInReach({ scope }: Caller, site: ReachedSite): boolean {
  if (scope.kind === "all") return true;
  const facts: Record<FactName<"site">, string | null> = {
    site: site.name,
    region: site.region ?? null,
    country: site.country ?? null,
    carrier: site.carrier ?? null,
    owner: site.owner ?? null,
    deputy: site.deputy ?? null,
    timeZone: site.timeZone ?? null,
    gridZone: site.gridZone ?? null,
    powerFeed: site.powerFeed ?? null,
    tariff: site.tariff ?? null,
    simulated: String(site.isSimulated ?? false),
  };
  return matchesSelector(scope.requirements, { labels: site.labels, facts });
}
