import type { SitePlan } from "@/agent/simulated/fleet-plan";
import type { SimulatedSite } from "@/server/demo/commands";

/** What Fernblick keeps of a site of the plan. */
export function siteRow(site: SitePlan): SimulatedSite {
  const { name, kind, place, address, latitude, longitude, carrier, powerFeed, tariff, pue } = site;
  return {
    ...{ name, address, latitude, longitude, carrier, powerFeed, tariff, pue },
    ...{ country: place.country, timeZone: place.timeZone, gridZone: place.gridZone, region: place.region },
    ...{ owner: place.owner, deputy: place.deputy, contact: `noc-${place.code}@example.org` },
    runbookUrl: `https://runbooks.example.org/${place.code}/${kind}`,
    labels: { kind, region: place.code, country: place.country.toLowerCase() },
  };
}
