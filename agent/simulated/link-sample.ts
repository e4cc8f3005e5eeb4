import type { AgentPlan } from "./fleet-plan";
import { between, wander } from "./noise";
import { type Sample, sample } from "./sample";

/** What went over an agent's link, about as much as a real one's. */
export function linkSample({ name, site }: AgentPlan, at: number, spanSeconds: number): Sample {
  const slow = site.kind === "edge" ? between(0.03, 0.12, name, "link") : between(0.004, 0.02, name, "link");
  return sample("link", "link", {
    ...{ spanSeconds, liveBytes: 4 * spanSeconds, backlogBytes: 0, reportBytes: 0, controlBytes: spanSeconds },
    ...{ framingSentBytes: spanSeconds, framingReceivedBytes: spanSeconds, controlReceivedBytes: spanSeconds },
    ...{ connects: 0, refusals: 0, thinnedMoments: 0, droppedMoments: 0, spoolBytes: 0, spoolMoments: 0 },
    roundTripSeconds: slow * (1 + 0.3 * wander(at, 600, name, "round trip")),
  });
}
