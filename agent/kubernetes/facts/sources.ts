import type { ResourceState } from "@/agent/kubernetes/cluster-view";
import { RESOURCE_NAMES } from "@/agent/kubernetes/resources";
import type { ItemOf } from "@/contract/cluster/items";
import { clip } from "./judge";
import type { Section } from "./section";

type SourceItem = ItemOf<"source">;

const SERVED_MAX = 20;

/** How much of each resource is known. What the API server does not serve is not told: its group is not in the list of groups. */
export const sourceSection: Section = {
  reads: RESOURCE_NAMES,
  describe: ({ view }) => {
    const source = new Map<string, SourceItem>();
    for (const name of RESOURCE_NAMES) {
      const state = view.state(name);
      if (state.status !== "absent") source.set(name, itemOf(state));
    }
    return { source };
  },
};

function itemOf(state: ResourceState): SourceItem {
  const since = Math.floor(state.sinceMs / 1000);
  if (state.status === "version not known") {
    return { status: "version_unknown", since, served: state.served.slice(0, SERVED_MAX) };
  }
  const leftOut = "left" in state ? state.left.overBound + state.left.unreadable : 0;
  return {
    status: state.status,
    since,
    ...("reason" in state ? { reason: clip(state.reason) } : {}),
    ...(state.status === "synced" ? { version: state.version } : {}),
    ...(leftOut > 0 ? { leftOut } : {}),
  };
}
