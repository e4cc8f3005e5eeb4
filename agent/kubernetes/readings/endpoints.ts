import type { ClusterView } from "@/agent/kubernetes/cluster-view";
import { isOver, type Pod } from "@/agent/kubernetes/facts/pods";
import type { Reader } from "@/agent/kubernetes/facts/section";
import { selects } from "@/agent/kubernetes/facts/selector";
import { workloadModel } from "@/agent/kubernetes/facts/workload-model";
import type { Kept } from "@/agent/kubernetes/resources";

/** Where metrics are asked for. */
export type Endpoint = {
  /** Stays the same when its pod is replaced by another of the same workload on the same node. At most 180 characters. */
  key: string;
  /** Null: what its annotations say makes no address, and `fault` says why. */
  url: URL | null;
  fault: string | null;
  /** The node whose figures an exporter of nodes tells there. */
  node: string;
};

/** An endpoint that the operator named. `node` null: the host of its address is the name. */
export type NamedEndpoint = { node: string | null; url: URL };

const ENDPOINTS_MAX = 2_000;
const KEY_LENGTH_MAX = 180;
const SCRAPE = "prometheus.io/scrape";

type Annotations = Record<string, string>;
type Service = Kept<"services">;

/**
 * Pods that ask to be scraped, themselves or through a service that selects them, by the annotations
 * `prometheus.io/scrape`, `scheme`, `port` and `path` that Prometheus' own example configuration made common.
 */
export function annotatedEndpoints({ view, get }: Reader): Endpoint[] {
  const services = annotatedServices(view);
  const found = new Map<string, Endpoint>();
  for (const [podKey, pod] of view.list("pods")) {
    const { spec, status, metadata } = pod;
    // Without an address it is asked at the next reading; one that ends is no longer asked.
    if (!spec?.nodeName || !status?.podIP || isOver(pod) || metadata.deletionTimestamp !== undefined) continue;
    const own = metadata.annotations ?? {};
    const service = own[SCRAPE] === undefined ? services.find((one) => isSelected(one, pod)) : undefined;
    const annotations = service?.metadata.annotations ?? own;
    if (annotations[SCRAPE] !== "true") continue;
    const { url, fault } = addressOf(annotations, status.podIP, service);
    const owner = get(workloadModel).byPod.get(podKey)?.key ?? `Pod/${podKey}`;
    const where = url ? `${url.port || (url.protocol === "https:" ? 443 : 80)}${url.pathname}` : "?";
    const key = `${owner}@${spec.nodeName}:${where}`.slice(0, KEY_LENGTH_MAX);
    // Several of one workload on one node: the pod tells them apart.
    const unique = found.has(key) ? `${key.slice(0, KEY_LENGTH_MAX - 66)} ${metadata.name.slice(-64)}` : key;
    found.set(unique, { key: unique, url, fault, node: spec.nodeName });
    if (found.size >= ENDPOINTS_MAX) break;
  }
  return [...found.values()];
}

export function namedEndpoint({ node, url }: NamedEndpoint): Endpoint {
  return { key: `${url.origin}${url.pathname}`.slice(0, KEY_LENGTH_MAX), url, fault: null, node: node ?? url.hostname };
}

function annotatedServices(view: ClusterView): Service[] {
  return [...view.list("services").values()].filter(
    ({ metadata, spec }) => metadata.annotations?.[SCRAPE] === "true" && Object.keys(spec?.selector ?? {}).length > 0,
  );
}

const isSelected = ({ metadata, spec }: Service, pod: Pod): boolean =>
  metadata.namespace === pod.metadata.namespace && selects({ matchLabels: spec?.selector }, pod.metadata.labels ?? {});

function addressOf(
  annotations: Annotations,
  ip: string,
  service: Service | undefined,
): Pick<Endpoint, "url" | "fault"> {
  const scheme = annotations["prometheus.io/scheme"] ?? "http";
  const path = annotations["prometheus.io/path"] ?? "/metrics";
  const port = annotations["prometheus.io/port"] ?? portOf(service);
  if (scheme !== "http" && scheme !== "https") return { url: null, fault: `prometheus.io/scheme is "${scheme}"` };
  if (port === undefined) return { url: null, fault: "no prometheus.io/port" };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return { url: null, fault: `prometheus.io/port is "${port}"` };
  }
  const text = `${scheme}://${ip.includes(":") ? `[${ip}]` : ip}:${port}${path.startsWith("/") ? "" : "/"}${path}`;
  return URL.canParse(text) ? { url: new URL(text), fault: null } : { url: null, fault: `${text} is no address` };
}

/** The one port of a service that has one; a name would have to be looked up in each pod. */
function portOf(service: Service | undefined): string | undefined {
  const [only, other] = service?.spec?.ports ?? [];
  if (!only || other) return undefined;
  const target = only.targetPort ?? only.port;
  return typeof target === "number" ? String(target) : undefined;
}
