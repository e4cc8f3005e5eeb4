import type { Route } from "next";
import { clusterHref } from "@/components/clusters/cluster-href";
import { machineHref } from "@/components/fleet/machine-href";
import type { Outputs } from "@/server/root";

export type Found = Outputs["search"]["ask"]["groups"][number]["found"][number];
export type FoundList = Outputs["search"]["ask"]["lists"][number];

const TABS = { node: "nodes", application: "applications", claim: "storage", volume: "storage" } as const;

/** Where a thing is shown. */
export function foundHref({ kind, thingId }: Pick<Found, "kind" | "thingId">): Route {
  switch (kind) {
    case "site":
      return `/clusters?site=${thingId}` as Route;
    case "cluster":
      return clusterHref(thingId);
    case "machine":
      return machineHref(thingId);
    default:
      return `${clusterHref(thingId)}?tab=${TABS[kind]}` as Route;
  }
}

/** The list of clusters that answers a question as a whole. A minor version ends with its dot: 1.2 is not 1.29. */
export function foundListHref({ by, value }: Pick<FoundList, "by" | "value">): Route {
  const text = by === "label" ? value : `v${value}${value.split(".").length === 2 ? "." : ""}`;
  return `/clusters?q=${encodeURIComponent(text)}` as Route;
}
