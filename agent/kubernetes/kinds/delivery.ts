import {
  address,
  conditions,
  flag,
  list,
  map,
  moment,
  number,
  object,
  observedConditions,
  size,
  text,
  textOrNumber,
} from "@/agent/kubernetes/fields";
import { kind } from "@/agent/kubernetes/kind";

const reconciled = { conditions: observedConditions, observedGeneration: number };

/** A source of Flux: where it comes from, and what of it was fetched last. */
const fluxSource = {
  spec: object({ suspend: flag, interval: text, url: address }),
  status: object({ ...reconciled, artifact: object({ revision: text, lastUpdateTime: moment }) }),
};

const storeRef = object({ name: text, kind: text });

const secretStore = {
  // Which provider, and nothing of how it is signed in to.
  spec: object({ provider: map(object({ service: text, region: text })), refreshInterval: textOrNumber }),
  status: object({ capabilities: text, conditions }),
};

const issuerRef = object({ name: text, kind: text });

export const deliveryKinds = {
  "gitrepositories.source.toolkit.fluxcd.io": kind(["v1"], fluxSource),
  "ocirepositories.source.toolkit.fluxcd.io": kind(["v1", "v1beta2"], fluxSource),
  "helmrepositories.source.toolkit.fluxcd.io": kind(["v1"], fluxSource),
  "helmcharts.source.toolkit.fluxcd.io": kind(["v1"], {
    spec: object({ suspend: flag, interval: text, chart: text, version: text }),
    status: fluxSource.status,
  }),
  "buckets.source.toolkit.fluxcd.io": kind(["v1", "v1beta2"], {
    spec: object({ suspend: flag, interval: text, endpoint: address, bucketName: text }),
    status: fluxSource.status,
  }),
  "externalartifacts.source.toolkit.fluxcd.io": kind(["v1"], {
    status: object({ conditions: observedConditions, artifact: object({ revision: text, lastUpdateTime: moment }) }),
  }),
  "kustomizations.kustomize.toolkit.fluxcd.io": kind(["v1"], {
    spec: object({
      suspend: flag,
      interval: text,
      path: text,
      prune: flag,
      sourceRef: object({ kind: text, name: text, namespace: text }),
    }),
    status: object({
      ...reconciled,
      lastAppliedRevision: text,
      lastAttemptedRevision: text,
      lastAppliedOriginRevision: text,
      inventory: object({ entries: size }),
    }),
  }),
  "helmreleases.helm.toolkit.fluxcd.io": kind(["v2"], {
    spec: object({
      suspend: flag,
      interval: text,
      releaseName: text,
      targetNamespace: text,
      chart: object({ spec: object({ chart: text, version: text }) }),
    }),
    status: object({
      ...reconciled,
      failures: number,
      installFailures: number,
      upgradeFailures: number,
      lastAttemptedRevision: text,
      lastAttemptedGeneration: number,
      lastAttemptedReleaseAction: text,
      history: list(
        object({
          chartName: text,
          chartVersion: text,
          appVersion: text,
          status: text,
          lastDeployed: moment,
          version: number,
        }),
      ),
    }),
  }),
  "fluxinstances.fluxcd.controlplane.io": kind(["v1"], {
    spec: object({ distribution: object({ version: text, registry: text }) }),
    status: object({ conditions: observedConditions, lastAppliedRevision: text, lastAttemptedRevision: text }),
  }),
  "fluxreports.fluxcd.controlplane.io": kind(["v1"], {
    spec: object({
      distribution: object({ entitlement: text, status: text, version: text }),
      reconcilers: list(
        object({
          apiVersion: text,
          kind: text,
          stats: object({ running: number, failing: number, suspended: number, totalSize: text }),
        }),
      ),
    }),
    status: object({ conditions: observedConditions }),
  }),
  "terraforms.infra.contrib.fluxcd.io": kind(["v1alpha2"], {
    spec: object({ suspend: flag, interval: text, path: text }),
    status: object({
      ...reconciled,
      lastAppliedRevision: text,
      lastAttemptedRevision: text,
      lastPlannedRevision: text,
    }),
  }),
  "externalsecrets.external-secrets.io": kind(["v1", "v1beta1"], {
    spec: object({ refreshInterval: text, refreshPolicy: text, secretStoreRef: storeRef }),
    status: object({ refreshTime: moment, syncedResourceVersion: text, conditions }),
  }),
  "clusterexternalsecrets.external-secrets.io": kind(["v1", "v1beta1"], {
    // Only here the interval is called a time.
    spec: object({ refreshTime: text }),
    status: object({
      failedNamespaces: list(object({ namespace: text, reason: text })),
      provisionedNamespaces: size,
      conditions: list(object({ type: text, status: text, message: text })),
    }),
  }),
  "secretstores.external-secrets.io": kind(["v1", "v1beta1"], secretStore),
  "clustersecretstores.external-secrets.io": kind(["v1", "v1beta1"], secretStore),
  "certificates.cert-manager.io": kind(["v1"], {
    spec: object({ dnsNames: list(text), secretName: text, renewBefore: text, issuerRef }),
    status: object({
      notAfter: moment,
      notBefore: moment,
      renewalTime: moment,
      revision: number,
      failedIssuanceAttempts: number,
      lastFailureTime: moment,
      conditions: observedConditions,
    }),
  }),
};
