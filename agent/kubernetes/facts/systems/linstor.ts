import { type Finding, mustBeTrue } from "@/agent/kubernetes/facts/judge";
import { partOf } from "./part";
import { anyOf, byDriver, byGroup, imageNamed } from "./recognise";
import type { SystemFacts } from "./system";

type Conditions = Parameters<typeof mustBeTrue>[0];

/** Its objects hold no capacity: that is told by the driver (items of kind `capacity`). */
export const linstor: SystemFacts = {
  system: "linstor",
  needs: ["linstorclusters.piraeus.io", "linstorsatellites.piraeus.io"],
  recognise: anyOf(byGroup("piraeus.io"), byDriver("linstor")),
  controllers: imageNamed("piraeus-operator"),
  leading: "LinstorCluster",
  parts: ({ view }) => [
    ...[...view.list("linstorclusters.piraeus.io").values()].map(({ metadata, spec, status }) =>
      partOf("LinstorCluster", metadata, findings(status?.conditions), {
        texts: { externalController: spec?.externalController?.url },
      }),
    ),
    ...[...view.list("linstorsatellites.piraeus.io").values()].map(({ metadata, spec, status }) =>
      partOf("LinstorSatellite", metadata, findings(status?.conditions), {
        texts: { pools: spec?.storagePools?.map(({ name }) => name).join(", ") },
      }),
    ),
  ],
};

function findings(conditions: Conditions): (Finding | undefined)[] {
  return [
    mustBeTrue(conditions, "Available", "not_available"),
    mustBeTrue(conditions, "Applied", "not_applied", "degraded"),
    mustBeTrue(conditions, "Configured", "not_configured", "degraded"),
  ];
}
