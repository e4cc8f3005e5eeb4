import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { answerJson } from "./fake-api-server";
import type { KubePlane } from "./kube-plane";
import { makeSelfSigned } from "./self-signed";

/** A list as metrics-server 0.7 answers it. @param at RFC 3339 */
export function nodeMetricsList(nodes: Record<string, { cpu: string; memory: string }>, at: string) {
  const items = Object.entries(nodes).map(([name, usage]) => ({
    metadata: { name, creationTimestamp: at, labels: { "kubernetes.io/os": "linux" } },
    timestamp: at,
    window: "15.034s",
    usage,
  }));
  return { kind: "NodeMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items };
}

/** @param pods `namespace/name` → use of each container */
export function podMetricsList(pods: Record<string, { cpu: string; memory: string }[]>, at: string) {
  const items = Object.entries(pods).map(([key, containers]) => {
    const [namespace, name] = key.split("/");
    return {
      metadata: { name, namespace, creationTimestamp: at },
      timestamp: at,
      window: "17.2s",
      containers: containers.map((usage, index) => ({ name: `c${index}`, usage })),
    };
  });
  return { kind: "PodMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items };
}

type Lists = { nodes: object; pods: object };

/** Answers what the metrics API is asked. @returns false for another path */
export function answerMetrics(path: string, response: ServerResponse, { nodes, pods }: Lists): boolean {
  const base = "/apis/metrics.k8s.io/v1beta1";
  const resource = (name: string, kind: string) => ({
    name,
    singularName: "",
    namespaced: kind !== "NodeMetrics",
    kind,
    verbs: ["get", "list"],
  });
  const documents: Record<string, object> = {
    [base]: {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: "metrics.k8s.io/v1beta1",
      resources: [resource("nodes", "NodeMetrics"), resource("pods", "PodMetrics")],
    },
    [`${base}/nodes`]: nodes,
    [`${base}/pods`]: pods,
  };
  const document = documents[path];
  if (document) answerJson(response, document);
  return document !== undefined;
}

/** A metrics server behind the API aggregation of a plane, as a cluster has it: another server, asked by the API server. */
export async function startMetricsServer(plane: KubePlane, lists: Lists): Promise<{ close(): Promise<void> }> {
  const server = createServer(makeSelfSigned(), (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "https://metrics");
    // The availability check of the API server asks for paths of its own.
    if (!answerMetrics(pathname, response, lists)) response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await plane.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "metrics-server", namespace: "default" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  await plane.create("apiservices", {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io" },
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: "metrics-server", namespace: "default", port },
    },
  });
  return {
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
