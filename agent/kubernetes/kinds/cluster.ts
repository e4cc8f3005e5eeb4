import {
  conditions,
  flag,
  list,
  map,
  moment,
  number,
  object,
  ownText,
  quantity,
  text,
  textMapOf,
} from "@/agent/kubernetes/fields";
import { kind, withLabels } from "@/agent/kubernetes/kind";

/** Warnings kept at most; a storm has thousands, and the newest tell what it is. */
const EVENTS_MAX = 1000;

const events = kind(["v1"], {
  type: text,
  reason: text,
  message: ownText,
  count: number,
  firstTimestamp: moment,
  lastTimestamp: moment,
  eventTime: moment,
  series: object({ count: number, lastObservedTime: moment }),
  involvedObject: object({ kind: text, namespace: text, name: ownText, uid: ownText }),
  source: object({ component: text, host: text }),
  reportingComponent: text,
});

type Event = NonNullable<ReturnType<typeof events.reduce>>;

/** When an event was last seen, in seconds since 1970. Writers of the old and of the new kind fill different fields. */
export function eventSeenAt({ series, lastTimestamp, eventTime, firstTimestamp, metadata }: Event): number | undefined {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp;
}

export const clusterKinds = {
  namespaces: kind(
    ["v1"],
    { status: object({ phase: text }) },
    { ...withLabels, annotations: textMapOf("np.rke2.io/") },
  ),
  resourcequotas: kind(["v1"], { status: object({ hard: map(quantity), used: map(quantity) }) }),
  events: { ...events, fieldSelector: "type=Warning", bound: { max: EVENTS_MAX, newestBy: eventSeenAt } },
  "customresourcedefinitions.apiextensions.k8s.io": kind(["v1"], {
    spec: object({
      group: text,
      scope: text,
      names: object({ plural: text, kind: text }),
      versions: list(object({ name: text, served: flag, storage: flag, deprecated: flag })),
    }),
    status: object({ conditions: list(object({ type: text, status: text })), storedVersions: list(text) }),
  }),
  "baremetalhosts.metal3.io": kind(["v1alpha1"], {
    spec: object({ online: flag }),
    status: object({
      poweredOn: flag,
      operationalStatus: text,
      errorType: text,
      errorMessage: text,
      provisioning: object({ state: text }),
      hardware: object({
        hostname: text,
        ramMebibytes: number,
        cpu: object({ arch: text, count: number, model: text }),
        systemVendor: object({ manufacturer: text, productName: text }),
      }),
    }),
  }),
  "hardware.tinkerbell.org": kind(["v1alpha1"], { status: object({ state: text }) }),
  "machines.bmc.tinkerbell.org": kind(["v1alpha1"], {
    status: object({ powerState: text, conditions }),
  }),
  "clusters.provisioning.cattle.io": kind(
    ["v1"],
    {
      spec: object({ kubernetesVersion: text }),
      status: object({ ready: flag, clusterName: text, agentConnected: flag, conditions }),
    },
    { labels: textMapOf("provider.cattle.io") },
  ),
  "clusters.fleet.cattle.io": kind(
    ["v1alpha1"],
    {
      spec: object({ paused: flag }),
      status: object({
        agent: object({ lastSeen: moment }),
        display: object({ state: text, readyBundles: text }),
        summary: object({
          ready: number,
          desiredReady: number,
          notReady: number,
          modified: number,
          errApplied: number,
        }),
        conditions,
      }),
    },
    { labels: textMapOf("management.cattle.io/", "provider.cattle.io") },
  ),
  "helmcharts.helm.cattle.io": kind(["v1"], {
    spec: object({ chart: text, version: text, targetNamespace: text }),
    status: object({ jobName: text, conditions }),
  }),
  "addons.k3s.cattle.io": kind(["v1"], { spec: object({ source: text, checksum: text }) }),
  "plans.upgrade.cattle.io": kind(["v1"], {
    spec: object({
      version: text,
      channel: text,
      concurrency: number,
      cordon: flag,
      drain: object({ force: flag, disableEviction: flag }),
      window: object({ days: list(text), startTime: text, endTime: text, timeZone: text }),
      postCompleteDelay: text,
    }),
    status: object({ latestVersion: text, latestHash: text, applying: list(text), conditions }),
  }),
};
