import { degraded, mustBeTrue } from "@/agent/kubernetes/facts/judge";
import { partOf } from "./part";
import { anyOf, byGroup, byImage, imageNamed } from "./recognise";
import type { SystemFacts } from "./system";

const OPERATOR = imageNamed("flux-operator");

export const fluxOperator: SystemFacts = {
  system: "flux_operator",
  needs: ["fluxinstances.fluxcd.controlplane.io"],
  alsoReads: ["fluxreports.fluxcd.controlplane.io"],
  recognise: anyOf(byGroup("fluxcd.controlplane.io"), byImage(OPERATOR)),
  controllers: OPERATOR,
  leading: "FluxInstance",
  parts: ({ view }) => [
    ...[...view.list("fluxinstances.fluxcd.controlplane.io").values()].map(({ metadata, spec, status }) =>
      partOf("FluxInstance", metadata, [mustBeTrue(status?.conditions, "Ready", "not_ready")], {
        texts: {
          version: spec?.distribution?.version,
          registry: spec?.distribution?.registry,
          applied: status?.lastAppliedRevision,
          attempted: status?.lastAttemptedRevision,
        },
      }),
    ),
    ...[...view.list("fluxreports.fluxcd.controlplane.io").values()].map(({ metadata, spec, status }) => {
      const stats = spec?.reconcilers?.map((one) => one.stats ?? {});
      const sum = (name: "running" | "failing" | "suspended") =>
        stats?.reduce((total, one) => total + (one[name] ?? 0), 0);
      const findings = [
        mustBeTrue(status?.conditions, "Ready", "not_ready", "degraded"),
        (sum("failing") ?? 0) > 0 && degraded("parts_failed", String(sum("failing"))),
      ];
      return partOf("FluxReport", metadata, findings, {
        figures: { running: sum("running"), failing: sum("failing"), suspended: sum("suspended") },
        texts: { version: spec?.distribution?.version, status: spec?.distribution?.status },
      });
    }),
  ],
};
