import { durationSeconds } from "@/agent/kubernetes/facts/duration";
import { degraded, type Finding, mustBeTrue, unknown } from "@/agent/kubernetes/facts/judge";
import type { Sight } from "@/agent/kubernetes/facts/section";
import type { Kept } from "@/agent/kubernetes/resources";
import { partOf } from "./part";
import { anyOf, byGroup, byImage, imageNamed } from "./recognise";
import type { Part, SystemFacts } from "./system";

const CONTROLLER = imageNamed("external-secrets");
/** One refresh may be late; two may not. */
const STALE_AFTER_INTERVALS = 2;

export const externalSecrets: SystemFacts = {
  system: "external_secrets",
  needs: [
    "externalsecrets.external-secrets.io",
    "secretstores.external-secrets.io",
    "clustersecretstores.external-secrets.io",
  ],
  alsoReads: ["clusterexternalsecrets.external-secrets.io"],
  recognise: anyOf(byGroup("external-secrets.io"), byImage(CONTROLLER)),
  controllers: CONTROLLER,
  parts: (sight) => [...secrets(sight), ...clusterSecrets(sight), ...stores(sight)],
};

function secrets(sight: Sight): Part[] {
  return [...sight.view.list("externalsecrets.external-secrets.io").values()].map((one) => {
    const { spec, status } = one;
    const store = spec?.secretStoreRef;
    const findings = [mustBeTrue(status?.conditions, "Ready", "not_synced"), stale(one, sight)];
    return partOf("ExternalSecret", one.metadata, findings, {
      texts: {
        interval: spec?.refreshInterval,
        policy: spec?.refreshPolicy,
        store: store?.name && `${store.kind ?? ""} ${store.name}`,
      },
    });
  });
}

/** Ready stays True when the operator no longer comes by; the moment of the refresh tells. */
function stale(
  { spec, status }: Kept<"externalsecrets.external-secrets.io">,
  { nowSeconds, changesAt }: Sight,
): Finding | undefined {
  if (spec?.refreshPolicy === "CreatedOnce" || spec?.refreshPolicy === "OnChange") return undefined;
  const interval = durationSeconds(spec?.refreshInterval);
  if (interval === undefined) return unknown("not_told", "refreshInterval");
  // Zero: fetched once, and no more.
  if (interval === 0) return undefined;
  if (status?.refreshTime === undefined) return unknown("not_told", "refreshTime");
  const staleAt = status.refreshTime + STALE_AFTER_INTERVALS * interval + 1;
  changesAt(staleAt);
  if (nowSeconds < staleAt) return undefined;
  return degraded("stale", new Date(status.refreshTime * 1000).toISOString());
}

function clusterSecrets({ view }: Sight): Part[] {
  return [...view.list("clusterexternalsecrets.external-secrets.io").values()].map(({ metadata, spec, status }) => {
    const refused = status?.failedNamespaces ?? [];
    const findings = [
      mustBeTrue(status?.conditions, "Ready", "not_synced"),
      refused.length > 0 && degraded("namespaces_failed", refused.map(({ namespace }) => namespace).join(", ")),
    ];
    return partOf("ClusterExternalSecret", metadata, findings, {
      figures: { namespaces: status?.provisionedNamespaces, failedNamespaces: status && refused.length },
      texts: { interval: spec?.refreshTime },
    });
  });
}

function stores({ view }: Sight): Part[] {
  const both = [
    ["SecretStore", view.list("secretstores.external-secrets.io")],
    ["ClusterSecretStore", view.list("clustersecretstores.external-secrets.io")],
  ] as const;
  return both.flatMap(([type, list]) =>
    [...list.values()].map(({ metadata, spec, status }) => {
      const [provider, details] = Object.entries(spec?.provider ?? {})[0] ?? [];
      return partOf(type, metadata, [mustBeTrue(status?.conditions, "Ready", "store_not_ready")], {
        texts: { provider, service: details?.service, region: details?.region, capabilities: status?.capabilities },
      });
    }),
  );
}
