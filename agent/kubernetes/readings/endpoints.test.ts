import { describe, expect, it } from "vitest";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { MadeUpCluster } from "@/agent/testing/made-up-cluster";
import { annotatedEndpoints, namedEndpoint } from "./endpoints";

type Made = {
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  ip?: string | null;
  phase?: string;
  node?: string;
  deleted?: boolean;
};

function pod(
  name: string,
  { annotations = {}, labels = {}, ip = "10.1.2.3", phase = "Running", node = "node-a", deleted = false }: Made = {},
): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "monitoring",
      annotations,
      labels,
      ownerReferences: [{ kind: "DaemonSet", name: "exporter", controller: true }],
      ...(deleted ? { deletionTimestamp: "2026-11-20T12:00:00Z" } : {}),
    },
    spec: { nodeName: node },
    status: { phase, ...(ip === null ? {} : { podIP: ip }) },
  };
}

function service(
  annotations: Record<string, string>,
  ports: object[],
  selector: Record<string, string> = { app: "exporter" },
): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "exporter", namespace: "monitoring", annotations },
    spec: { selector, ports },
  };
}

function found(...objects: ApiObject[]) {
  return annotatedEndpoints(new ClusterFacts(new MadeUpCluster(objects).view).reader).map(
    ({ key, url, fault, node }) => [key, url?.href ?? fault, node],
  );
}

const scraped = { "prometheus.io/scrape": "true" };
const at9100 = { ...scraped, "prometheus.io/port": "9100" };

describe("endpoints by annotation", () => {
  it("are pods that ask for it, with scheme, port and path, under a name that outlives the pod", () => {
    const path = { ...at9100, "prometheus.io/scheme": "https", "prometheus.io/path": "stats?all=1" };
    expect(
      found(
        pod("exporter-x", { annotations: at9100 }),
        pod("exporter-y", { annotations: path, ip: "fd00::7", node: "node-b" }),
        pod("plain"),
      ),
    ).toEqual([
      ["DaemonSet/monitoring/exporter@node-a:9100/metrics", "http://10.1.2.3:9100/metrics", "node-a"],
      ["DaemonSet/monitoring/exporter@node-b:9100/stats", "https://[fd00::7]:9100/stats?all=1", "node-b"],
    ]);
  });

  it("are pods that an annotated service selects, at the port of the annotation or at the only one", () => {
    const labels = { app: "exporter" };
    const address = (one: ApiObject, ...more: Record<string, string>[]) =>
      found(one, pod("exporter-x", { labels, annotations: more[0] ?? {} })).map(([, url]) => url);
    expect(address(service(scraped, [{ port: 80, targetPort: 9100 }]))).toEqual(["http://10.1.2.3:9100/metrics"]);
    expect(address(service(scraped, [{ port: 9101 }]))).toEqual(["http://10.1.2.3:9101/metrics"]);
    expect(address(service(at9100, [{ port: 80, targetPort: "metrics" }]))).toEqual(["http://10.1.2.3:9100/metrics"]);
    expect(address(service(scraped, [{ port: 80, targetPort: "metrics" }]))).toEqual(["no prometheus.io/port"]);
    expect(address(service(scraped, [{ port: 80 }], { app: "other" }))).toEqual([]);
    expect(address(service(scraped, [{ port: 80 }], {}))).toEqual([]);
    // What the pod says of itself wins.
    expect(address(service(scraped, [{ port: 80 }]), { "prometheus.io/scrape": "false" })).toEqual([]);
  });

  it.each([
    ["no port", scraped, "no prometheus.io/port"],
    ["a port that is none", { ...scraped, "prometheus.io/port": "70000" }, 'prometheus.io/port is "70000"'],
    [
      "a port that would be more of the address",
      { ...scraped, "prometheus.io/port": "80@evil" },
      'prometheus.io/port is "80@evil"',
    ],
    ["another scheme", { ...at9100, "prometheus.io/scheme": "file" }, 'prometheus.io/scheme is "file"'],
  ])("with %s are told and not asked", (_, annotations, fault) => {
    expect(found(pod("exporter-x", { annotations }))).toEqual([
      ["DaemonSet/monitoring/exporter@node-a:?", fault, "node-a"],
    ]);
  });

  it("are never elsewhere than at the pod's own address, whatever the path says", () => {
    for (const path of ["@evil.example/x", "//evil.example/x", "\\\\evil.example", "http://evil.example/"]) {
      const [[, url] = []] = found(pod("exporter-x", { annotations: { ...at9100, "prometheus.io/path": path } }));
      expect(new URL(url ?? "").host).toBe("10.1.2.3:9100");
    }
  });

  it("are not of pods that have no address, are over, or end", () => {
    const annotations = at9100;
    expect(
      found(
        pod("a", { annotations, ip: null }),
        pod("b", { annotations, phase: "Succeeded" }),
        pod("c", { annotations, deleted: true }),
      ),
    ).toEqual([]);
  });

  it("of two pods of one workload on one node have two names", () => {
    const annotations = at9100;
    expect(
      found(pod("exporter-x", { annotations }), pod("exporter-y", { annotations, ip: "10.1.2.4" })).map(([key]) => key),
    ).toEqual([
      "DaemonSet/monitoring/exporter@node-a:9100/metrics",
      "DaemonSet/monitoring/exporter@node-a:9100/metrics exporter-y",
    ]);
  });
});

describe("an endpoint that the operator named", () => {
  it("is of the node that was said, or of its host, and shows no password", () => {
    const url = new URL("http://reader:secret@10.0.0.5:9100/metrics?collect=cpu");
    expect(namedEndpoint({ node: "edge-7", url })).toMatchObject({
      key: "http://10.0.0.5:9100/metrics",
      node: "edge-7",
    });
    expect(namedEndpoint({ node: null, url })).toMatchObject({ node: "10.0.0.5" });
  });
});
