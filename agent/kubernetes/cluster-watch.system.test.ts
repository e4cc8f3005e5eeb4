import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  AGENT_USER,
  definition,
  type Followed,
  followPlane,
  grantRole,
  isSettled,
  many,
  namesOf,
  networkPolicy,
  setRules,
} from "@/agent/testing/followed-plane";
import { KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { startWire, type Wire } from "@/e2e/system/wire";
import { bundleAgent } from "@/scripts/agent-bundle";
import type { ClusterView } from "./cluster-view";
import { readCluster } from "./read-cluster";
import { foldWarnings } from "./warnings";

const POLICIES = "networkpolicies.networking.k8s.io";
const run = promisify(execFile);
const LIMIT = { timeout: 60_000 };

describe.skipIf(planeMissing)(
  `a real cluster followed${planeMissing ? ` (skipped: ${planeMissing})` : ""}`,
  LIMIT,
  () => {
    let plane: KubePlane;
    let wire: Wire;
    let role: Awaited<ReturnType<typeof grantRole>>;
    let followed: Followed;

    beforeAll(async () => {
      plane = await KubePlane.start();
      role = await grantRole(plane);
      wire = await startWire(plane.apiPort);
    }, 120_000);
    afterEach(() => followed?.stop());
    afterAll(async () => {
      await wire?.close();
      await plane?.close();
    }, 60_000);

    const follow = async (timings = {}) => {
      followed = await followPlane(plane.kubeconfig({ user: AGENT_USER, port: wire.port }), timings);
      return followed;
    };
    const policies = (view: ClusterView) => namesOf(view.list(POLICIES));
    const serverPolicies = async () => {
      const answer = (await plane.call("GET", "/apis/networking.k8s.io/v1/networkpolicies")) as {
        items: { metadata: { name: string } }[];
      };
      return answer.items.map(({ metadata }) => metadata.name).sort();
    };

    it("with the role that ships, all that is served is read, in the version that is served, and the rest is absent", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      expect(view.api.gitVersion).toMatch(/^v1\.\d+\.\d+/);
      expect(view.state("nodes")).toMatchObject({ status: "synced", version: "v1" });
      expect(view.state("cronjobs.batch")).toMatchObject({ status: "synced", version: "v1beta1" });
      expect(view.state("volumes.longhorn.io").status).toBe("absent");
      expect(namesOf(view.list("namespaces"))).toContain("kube-system");
      expect(view.list("namespaces").get("kube-system")?.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    });

    it("one reading says what is served, what may be read, and how much of it there is", async () => {
      const read = await readCluster(plane.kubeconfig({ user: AGENT_USER }));
      expect(read).toMatchObject({ failing: null, resources: { nodes: { status: "synced", objects: 0 } } });
      expect(read.resources.namespaces?.objects).toBeGreaterThan(2);
      expect(read.absent).toContain("backups.velero.io");
    });

    it("the agent's one file needs nothing but Node to read a cluster, and says in one line what it cannot", async () => {
      const file = join(plane.folder, "fernblick-agent.cjs");
      await bundleAgent(file);
      const read = (...more: string[]) => run(process.execPath, [file, "read", ...more], { cwd: plane.folder });
      const { stdout } = await read("--kubernetes", "--kubeconfig", plane.kubeconfig());
      expect(JSON.parse(stdout)).toMatchObject({
        failing: null,
        resources: { pods: { status: "synced", objects: 0 } },
      });
      await expect(read("--kubernetes", "--kubeconfig", "nowhere")).rejects.toMatchObject({
        stderr: expect.stringMatching(/^fernblick-agent: nowhere cannot be read: .*\n$/),
      });
      await expect(read("--kubeconfig", "nowhere")).rejects.toMatchObject({
        stderr: "fernblick-agent: --kubeconfig goes with --kubernetes; see --help\n",
      });
    });

    it("a client certificate signs in; a server of another authority is not spoken to", async () => {
      const path = join(plane.folder, "kubeconfig");
      followed = await followPlane(path);
      await followed.until(isSettled);
      await followed.stop();
      const other = readFileSync(join(plane.folder, "pki/front-proxy-ca.crt")).toString("base64");
      const stranger = join(plane.folder, "kubeconfig-stranger");
      writeFileSync(
        stranger,
        readFileSync(path, "utf8").replace(
          /certificate-authority-data: \S+?}/,
          `certificate-authority-data: ${other}}`,
        ),
      );
      followed = await followPlane(stranger);
      await followed.until(({ api }) => api.failing !== null);
      expect(followed.view.api).toMatchObject({
        groups: null,
        failing: { reason: expect.stringMatching(/certificate/i) },
      });
      expect(followed.view.state("nodes").status).toBe("waiting");
    });

    it("what is made, changed and deleted is told, and an event that changes nothing that is kept is not", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      const policy = networkPolicy("changing");
      await plane.create("networkpolicies", policy);
      await until(() => policies(view).includes("changing"));
      const before = view.list(POLICIES).get("default/changing");
      const path = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/changing";
      await plane.call("PATCH", path, { metadata: { annotations: { noise: "1" } } }, "application/merge-patch+json");
      await plane.call("PATCH", path, { spec: { policyTypes: ["Ingress", "Egress"] } }, "application/merge-patch+json");
      let seen = new Set([before]);
      await until(() => {
        const now = view.list(POLICIES).get("default/changing");
        seen = new Set([...seen, now]);
        return now?.spec?.policyTypes?.length === 2;
      });
      expect(seen.size).toBe(2);
      await plane.delete("networkpolicies", policy);
      await until(() => !policies(view).includes("changing"));
    });

    it("of events only warnings are read, and they fold by their reason", async () => {
      const event = (name: string, type: string, count: number) => ({
        apiVersion: "v1",
        kind: "Event",
        metadata: { name, namespace: "default" },
        involvedObject: { kind: "Pod", namespace: "default", name: `pod-${name}` },
        reason: "BackOff",
        message: "Back-off restarting failed container",
        lastTimestamp: "2026-11-01T00:00:00Z",
        type,
        count,
      });
      await plane.create("events", event("listed", "Warning", 40));
      await plane.create("events", event("quiet", "Normal", 1));
      const { view, until } = await follow();
      await until(isSettled);
      await plane.create("events", event("watched", "Warning", 2));
      await until(() => view.list("events").size === 2);
      expect(foldWarnings(view.list("events").values())).toMatchObject([{ reason: "BackOff", objects: 2, count: 42 }]);
    });

    it("2,000 objects that are deleted at once are gone, all of them", async () => {
      await many(2000, (index) => plane.create("networkpolicies", networkPolicy(`storm-${index}`)));
      const { view, until } = await follow();
      await until(() => isSettled(view) && view.list(POLICIES).size === 2000);
      await plane.call("DELETE", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies");
      await until(() => view.list(POLICIES).size === 0);
      expect(view.state(POLICIES).status).toBe("synced");
    });

    it("an object of 1 MB is reduced to what is kept, from a list as from a watch", async () => {
      const pod = (name: string) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default" },
        spec: { containers: [{ name: "large", image: "x", env: [{ name: "E", value: 'ü\\"x'.repeat(220_000) }] }] },
      });
      await plane.create("pods", pod("large-listed"));
      const { view, until } = await follow();
      await until(isSettled);
      await plane.create("pods", pod("large-watched"));
      await until(() => view.list("pods").size === 2);
      for (const kept of view.list("pods").values()) {
        expect(kept.spec?.containers?.[0]?.name).toBe("large");
        expect(JSON.stringify(kept).length).toBeLessThan(1000);
      }
      await Promise.all(["large-listed", "large-watched"].map((name) => plane.delete("pods", pod(name))));
      await until(() => view.list("pods").size === 0);
    });

    it("connections cut in mid-stream again and again lose no change", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      await many(300, async (index) => {
        await plane.create("networkpolicies", networkPolicy(`cut-${index}`));
        if (index % 20 === 0) wire.reset();
        if (index % 3 === 0) await plane.delete("networkpolicies", networkPolicy(`cut-${index}`));
      });
      const expected = await serverPolicies();
      await until(() => policies(view).join() === expected.join() && view.state(POLICIES).status === "synced");
      wire.refuse(true);
      wire.reset();
      await many(50, (index) => plane.delete("networkpolicies", networkPolicy(expected[index] ?? "")));
      wire.refuse(false);
      await until(() => policies(view).join() === expected.slice(50).join());
      await plane.call("DELETE", "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies");
      await until(() => view.list(POLICIES).size === 0);
    });

    it("a connection that is dead on the other side is noticed by its silence", async () => {
      const { view, until } = await follow({ watchSilence: 1500, answerSilence: 1500 });
      await until(isSettled);
      wire.halfOpen();
      await plane.create("networkpolicies", networkPolicy("unheard"));
      await until(() => policies(view).includes("unheard"));
      await plane.delete("networkpolicies", networkPolicy("unheard"));
    });

    it("an API server that crashes leaves what is known with its age, and is followed again when it is back", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      const before = namesOf(view.list("namespaces"));
      await plane.killApiServer();
      await until(() => view.state("namespaces").status === "failing");
      expect(view.state("namespaces")).toMatchObject({ heardAtMs: expect.any(Number), reason: expect.any(String) });
      expect(namesOf(view.list("namespaces"))).toEqual(before);
      await plane.up();
      await plane.create("networkpolicies", networkPolicy("after-the-crash"));
      await until((now) => isSettled(now) && policies(now).includes("after-the-crash"));
      await plane.delete("networkpolicies", networkPolicy("after-the-crash"));
    });

    it("a permission that is taken makes that one resource unknown, and is noticed when it is given back", async () => {
      await plane.create("networkpolicies", networkPolicy("guarded"));
      const { view, until } = await follow();
      await until(isSettled);
      await setRules(
        plane,
        role,
        role.rules.filter(({ apiGroups }) => !apiGroups.includes("networking.k8s.io")),
      );
      // What is open stays open; the next watch is refused.
      await until(() => {
        wire.reset();
        return view.state(POLICIES).status === "denied";
      });
      expect(view.state(POLICIES)).toMatchObject({ reason: expect.stringContaining("403") });
      expect(view.list(POLICIES).size).toBe(0);
      await until(() => view.state("nodes").status === "synced" && view.state("pods").status === "synced");
      await setRules(plane, role, role.rules);
      await until(() => view.state(POLICIES).status === "synced" && policies(view).includes("guarded"));
      await plane.delete("networkpolicies", networkPolicy("guarded"));
    });

    it("a definition that comes later is read, and is absent again when it is gone", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      const volumes = definition("volumes", "longhorn.io", ["v1beta2"]);
      await plane.create("customresourcedefinitions", volumes);
      await until(() => view.state("volumes.longhorn.io").status === "synced");
      await plane.create("volumes", {
        apiVersion: "longhorn.io/v1beta2",
        kind: "Kindvolumes",
        metadata: { name: "one", namespace: "default" },
        status: { robustness: "degraded", state: 7 },
      });
      await until(() => view.list("volumes.longhorn.io").size === 1);
      expect(view.list("volumes.longhorn.io").get("default/one")?.status).toEqual({ robustness: "degraded" });
      await plane.delete("customresourcedefinitions", volumes);
      await until(() => view.state("volumes.longhorn.io").status === "absent");
      expect(view.list("volumes.longhorn.io").size).toBe(0);
    });

    it("a version that is not known is reported and never read", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      const clusters = definition("cephclusters", "ceph.rook.io", ["v9"]);
      await plane.create("customresourcedefinitions", clusters);
      await until(() => view.state("cephclusters.ceph.rook.io").status === "version not known");
      expect(view.state("cephclusters.ceph.rook.io")).toMatchObject({ served: ["v9"] });
      expect(view.state("cephblockpools.ceph.rook.io").status).toBe("absent");
      await plane.delete("customresourcedefinitions", clusters);
      await until(() => view.state("cephclusters.ceph.rook.io").status === "absent");
    });
  },
);
