import { condition, degraded, type Finding, failed, paused, unknown, words } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept, ResourceName } from "@/agent/kubernetes/resources";
import { partOf } from "./part";
import { anyOf, byGroup, byImage, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

const CONTROLLERS = imageNamed(
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
);

const SOURCES = {
  GitRepository: "gitrepositories.source.toolkit.fluxcd.io",
  OCIRepository: "ocirepositories.source.toolkit.fluxcd.io",
  HelmRepository: "helmrepositories.source.toolkit.fluxcd.io",
  HelmChart: "helmcharts.source.toolkit.fluxcd.io",
  Bucket: "buckets.source.toolkit.fluxcd.io",
} as const;
const KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io";
const RELEASES = "helmreleases.helm.toolkit.fluxcd.io";
const EXTERNAL_ARTIFACTS = "externalartifacts.source.toolkit.fluxcd.io";
const TERRAFORMS = "terraforms.infra.contrib.fluxcd.io";

export const flux: SystemFacts = {
  system: "flux",
  needs: [KUSTOMIZATIONS, RELEASES, ...Object.values(SOURCES)],
  alsoReads: [EXTERNAL_ARTIFACTS, TERRAFORMS],
  recognise: anyOf(byGroup("kustomize.toolkit.fluxcd.io"), byGroup("source.toolkit.fluxcd.io"), byImage(CONTROLLERS)),
  controllers: CONTROLLERS,
  parts: (sight) => [...kustomizations(sight), ...releases(sight), ...sources(sight), ...others(sight)],
};

type Reconciled = {
  metadata: { name: string; namespace?: string | undefined; generation?: number | undefined };
  spec?: { suspend?: boolean | undefined } | undefined;
  status?:
    | {
        observedGeneration?: number | undefined;
        conditions?: Kept<typeof KUSTOMIZATIONS>["status"] extends { conditions?: infer C } | undefined ? C : never;
      }
    | undefined;
};

/**
 * Ready speaks of the generation that was observed: what was written since then is not judged yet. What is suspended
 * keeps its last Ready for ever, so it says nothing.
 */
function readiness({ metadata, spec, status }: Reconciled): (Finding | undefined)[] {
  if (spec?.suspend) return [paused("suspended")];
  const ready = condition(status?.conditions, "Ready");
  const isObserved = status?.observedGeneration === metadata.generation;
  return [
    ready?.status === "False" ? failed("not_ready", words(ready)) : undefined,
    ready?.status === "Unknown" ? degraded("reconciling", words(ready)) : undefined,
    ready ? undefined : unknown("not_told", "Ready"),
    ready && !isObserved
      ? degraded("not_observed", `${status?.observedGeneration ?? "?"}/${metadata.generation ?? "?"}`)
      : undefined,
  ];
}

/** Since when Ready is what it is: what tells how long something has been suspended at least. */
const readySince = ({ status }: Reconciled) => condition(status?.conditions, "Ready")?.lastTransitionTime;

function kustomizations({ view }: Sight): Part[] {
  return [...view.list(KUSTOMIZATIONS).values()].map((one) => {
    const { spec, status } = one;
    const { lastAppliedRevision: applied, lastAttemptedRevision: attempted } = status ?? {};
    const source = spec?.sourceRef;
    return partOf("Kustomization", one.metadata, [...readiness(one), behind(one, applied, attempted)], {
      figures: { objects: status?.inventory?.entries },
      moments: { readySince: readySince(one) },
      texts: {
        applied,
        attempted,
        origin: status?.lastAppliedOriginRevision,
        path: spec?.path,
        interval: spec?.interval,
        source: source?.name && `${source.kind ?? ""} ${source.namespace ? `${source.namespace}/` : ""}${source.name}`,
      },
    });
  });
}

/** What was tried last is not what runs. */
function behind({ spec }: Reconciled, applied: string | undefined, attempted: string | undefined): Finding | undefined {
  if (spec?.suspend || attempted === undefined || applied === attempted) return undefined;
  return degraded("not_applied", `${attempted}, ${applied ?? "?"}`);
}

function releases({ view }: Sight): Part[] {
  return [...view.list(RELEASES).values()].map((one) => {
    const { spec, status } = one;
    const last = status?.history?.[0];
    // A version may carry the digest of its chart after a plus.
    const isSame = plain(last?.chartVersion) === plain(status?.lastAttemptedRevision);
    return partOf(
      "HelmRelease",
      one.metadata,
      [...readiness(one), isSame ? undefined : behind(one, last?.chartVersion, status?.lastAttemptedRevision)],
      {
        figures: { failures: status && (status.failures ?? 0) },
        moments: { readySince: readySince(one), deployedAt: last?.lastDeployed },
        texts: {
          chart: last?.chartName ?? spec?.chart?.spec?.chart,
          applied: last?.chartVersion,
          attempted: status?.lastAttemptedRevision,
          application: last?.appVersion,
          release: last?.status,
          interval: spec?.interval,
        },
      },
    );
  });
}

const plain = (version: string | undefined) => version?.split("+")[0];

type FluxSource = Kept<(typeof SOURCES)[keyof typeof SOURCES]>;

function sources({ view }: Sight): Part[] {
  return Object.entries(SOURCES).flatMap(([type, name]) =>
    [...(view.list(name as ResourceName) as ReadonlyMap<string, FluxSource>).values()]
      .filter((one) => !isStatic(type, one))
      .map((one) => {
        const { spec, status } = one;
        return partOf(type, one.metadata, readiness(one), {
          moments: { readySince: readySince(one), fetchedAt: status?.artifact?.lastUpdateTime },
          texts: {
            revision: status?.artifact?.revision,
            interval: spec?.interval,
            from: spec && ("url" in spec ? spec.url : "chart" in spec ? spec.chart : undefined),
          },
        });
      }),
  );
}

/** A Helm repository of a registry is only an address: Flux never fetches it, nor writes a status. */
function isStatic(type: string, { spec }: FluxSource): boolean {
  return type === "HelmRepository" && spec !== undefined && "url" in spec && !!spec.url?.startsWith("oci://");
}

function others({ view }: Sight): Part[] {
  const artifacts = [...view.list(EXTERNAL_ARTIFACTS).values()].map((one) => {
    const ready = condition(one.status?.conditions, "Ready");
    const findings = [
      ready?.status === "False" && failed("not_ready", words(ready)),
      ready ? undefined : unknown("not_told", "Ready"),
    ];
    return partOf("ExternalArtifact", one.metadata, findings, { texts: { revision: one.status?.artifact?.revision } });
  });
  const terraforms = [...view.list(TERRAFORMS).values()].map((one) =>
    partOf("Terraform", one.metadata, readiness(one), {
      moments: { readySince: readySince(one) },
      texts: {
        applied: one.status?.lastAppliedRevision,
        planned: one.status?.lastPlannedRevision,
        path: one.spec?.path,
      },
    }),
  );
  return [...artifacts, ...terraforms];
}
