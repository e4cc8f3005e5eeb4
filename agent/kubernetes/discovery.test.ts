import { afterEach, describe, expect, it } from "vitest";
import {
  type Answer,
  answerJson,
  answerStatus,
  type FakeApiServer,
  startFakeApiServer,
} from "@/agent/testing/fake-api-server";
import { ApiAccess } from "./api-access";
import { ApiClient } from "./api-client";
import { Discoverer } from "./discovery";

const signal = new AbortController().signal;
const TABLE = {
  nodes: { versions: ["v1"] },
  "cronjobs.batch": { versions: ["v1", "v1beta1"] },
  "volumes.longhorn.io": { versions: ["v1beta2"] },
  "backups.velero.io": { versions: ["v1"] },
};
const FOLLOWED = ["get", "list", "watch"];

const plain = (names: string[]) => ({
  kind: "APIResourceList",
  resources: names.map((name) => ({ name, verbs: FOLLOWED })),
});
const groups = (...all: { name: string; versions: string[]; preferred?: string }[]) => ({
  kind: "APIGroupList",
  groups: all.map(({ name, versions, preferred = versions[0] }) => ({
    name,
    versions: versions.map((version) => ({ groupVersion: `${name}/${version}`, version })),
    preferredVersion: { version: preferred },
  })),
});

const aggregated = (
  ...items: { name?: string; versions: { version: string; freshness?: string; names: string[] }[] }[]
) => ({
  kind: "APIGroupDiscoveryList",
  items: items.map(({ name, versions }) => ({
    metadata: name ? { name } : {},
    versions: versions.map(({ version, freshness = "Current", names }) => ({
      version,
      freshness,
      resources: names.map((resource) => ({ resource, scope: "Cluster", verbs: FOLLOWED })),
    })),
  })),
});
const AGGREGATED_TYPE = { "content-type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

describe("discovery of what a cluster serves", () => {
  let server: FakeApiServer;
  let access: ApiAccess;
  let discoverer: Discoverer;

  const start = async (answer: Answer) => {
    server = await startFakeApiServer(answer);
    access = await ApiAccess.open(server.kubeconfig());
    discoverer = new Discoverer(new ApiClient(access), TABLE, 5000);
  };
  afterEach(async () => {
    access.close();
    await server.close();
  });
  const startPlain = (documents: Record<string, unknown>) =>
    start((path, _query, response) => {
      const all: Record<string, unknown> = {
        "/version": { gitVersion: "v1.20.2" },
        "/api": { versions: ["v1"] },
        ...documents,
      };
      const document = all[path];
      if (typeof document === "number") answerStatus(response, document, "no");
      else if (document) answerJson(response, document);
      else answerStatus(response, 404, "not found");
    });
  const paths = () => server.asked.map(({ path }) => path).sort();

  it("asks only the groups and versions that could hold something of the table", async () => {
    await startPlain({
      "/api/v1": plain(["nodes", "pods"]),
      "/apis": groups({ name: "batch", versions: ["v1", "v1beta1"] }, { name: "apps", versions: ["v1"] }),
      "/apis/batch/v1": plain(["jobs"]),
      "/apis/batch/v1beta1": plain(["cronjobs"]),
    });
    const { gitVersion, groups: all, served } = await discoverer.discover(signal);
    expect(gitVersion).toBe("v1.20.2");
    expect([...all]).toEqual([
      ["", ["v1"]],
      ["batch", ["v1", "v1beta1"]],
      ["apps", ["v1"]],
    ]);
    expect(Object.fromEntries(served)).toEqual({
      nodes: { is: "served", version: "v1", path: "/api/v1/nodes" },
      "cronjobs.batch": { is: "served", version: "v1beta1", path: "/apis/batch/v1beta1/cronjobs" },
      "volumes.longhorn.io": { is: "absent" },
      "backups.velero.io": { is: "absent" },
    });
    expect(paths()).toEqual(["/api", "/api/v1", "/apis", "/apis/batch/v1", "/apis/batch/v1beta1", "/version"]);
  });

  it("takes the version that is known over the one that the server prefers, and never one that is not known", async () => {
    await startPlain({
      "/api/v1": plain(["nodes"]),
      "/apis": groups(
        { name: "longhorn.io", versions: ["v1beta2", "v2"], preferred: "v2" },
        { name: "velero.io", versions: ["v7"] },
      ),
      "/apis/longhorn.io/v1beta2": plain(["volumes"]),
      "/apis/velero.io/v7": plain(["backups"]),
    });
    const { served, groups: all } = await discoverer.discover(signal);
    expect(all.get("longhorn.io")).toEqual(["v2", "v1beta2"]);
    expect(served.get("volumes.longhorn.io")).toMatchObject({ is: "served", version: "v1beta2" });
    expect(served.get("backups.velero.io")).toEqual({ is: "version not known", versions: ["v7"] });
  });

  it("does not take a group whose own server is down for one that is not installed", async () => {
    await startPlain({
      "/api/v1": plain(["nodes"]),
      "/apis": groups({ name: "velero.io", versions: ["v1"] }),
      "/apis/velero.io/v1": 503,
    });
    const { served } = await discoverer.discover(signal);
    expect(served.get("backups.velero.io")).toEqual({ is: "not told", reason: "velero.io/v1: 503: no" });
    expect(served.get("nodes")).toMatchObject({ is: "served" });
  });

  it("does not read what cannot be listed and watched", async () => {
    await startPlain({ "/api/v1": { resources: [{ name: "nodes", verbs: ["get", "list"] }] }, "/apis": groups() });
    expect((await discoverer.discover(signal)).served.get("nodes")).toEqual({ is: "absent" });
  });

  it("where it is aggregated needs three requests, and no answer that it has already", async () => {
    await start((path, _query, response, request) => {
      if (request.headers["if-none-match"] === `"${path}"`) {
        response.writeHead(304);
        return response.end();
      }
      const headers = { ...AGGREGATED_TYPE, etag: `"${path}"` };
      if (path === "/api")
        answerJson(response, aggregated({ versions: [{ version: "v1", names: ["nodes"] }] }), headers);
      else if (path === "/version") answerJson(response, { gitVersion: "v1.36.4" });
      else {
        const body = aggregated(
          { name: "batch", versions: [{ version: "v1", names: ["jobs", "cronjobs"] }] },
          { name: "longhorn.io", versions: [{ version: "v3", names: ["volumes"] }] },
          { name: "velero.io", versions: [{ version: "v1", freshness: "Stale", names: [] }] },
        );
        answerJson(response, body, headers);
      }
    });
    const first = await discoverer.discover(signal);
    expect(Object.fromEntries(first.served)).toEqual({
      nodes: { is: "served", version: "v1", path: "/api/v1/nodes" },
      "cronjobs.batch": { is: "served", version: "v1", path: "/apis/batch/v1/cronjobs" },
      "volumes.longhorn.io": { is: "version not known", versions: ["v3"] },
      "backups.velero.io": { is: "not told", reason: "velero.io/v1: its own API server does not answer" },
    });
    expect(await discoverer.discover(signal)).toEqual(first);
    expect(paths()).toEqual(["/api", "/api", "/apis", "/apis", "/version", "/version"]);
    const repeated = server.asked.slice(3).map(({ path, headers }) => [path, headers["if-none-match"]]);
    expect(Object.fromEntries(repeated)).toEqual({ "/api": '"/api"', "/apis": '"/apis"', "/version": undefined });
  });

  it("that fails is an error, and not a cluster without anything", async () => {
    await startPlain({ "/apis": 503 });
    await expect(discoverer.discover(signal)).rejects.toMatchObject({ status: 503 });
  });

  it("that is answered by something else is an error too", async () => {
    await startPlain({ "/apis": { kind: "Surprise" }, "/api/v1": plain(["nodes"]) });
    await expect(discoverer.discover(signal)).rejects.toThrow();
  });
});
