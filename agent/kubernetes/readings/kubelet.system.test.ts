import { mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAllYaml } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiAccess } from "@/agent/kubernetes/api-access";
import { ApiClient } from "@/agent/kubernetes/api-client";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import { Settler } from "@/agent/settle";
import { AGENT_USER, type Followed, followPlane, grantRole, isSettled } from "@/agent/testing/followed-plane";
import { nodeMissing, startNode } from "@/agent/testing/kube-node";
import { type ApiObject, KubePlane } from "@/agent/testing/kube-plane";
import { ClusterReadings } from "./cluster-readings";

const NODE = "node-a";

type Made = { volume: ApiObject; claim: ApiObject };

/** A volume and its claim, bound as the controller would bind them. */
function bound(name: string, source: object): Made {
  const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "made" };
  return {
    volume: {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: { ...spec, ...source, capacity: { storage: "1Gi" } },
    },
    claim: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, namespace: "default" },
      spec: { ...spec, volumeName: name, resources: { requests: { storage: "1Gi" } } },
    },
  };
}

const onThisNode = {
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [NODE] }] }],
  },
};

function pod(claims: string[]): ApiObject {
  const container = { name: "c", image: "localhost/busybox:1", imagePullPolicy: "Never", command: ["sleep", "10000"] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "user", namespace: "default" },
    spec: {
      nodeName: NODE,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
      containers: [{ ...container, volumeMounts: claims.map((name) => ({ name, mountPath: `/${name}` })) }],
    },
  };
}

describe.skipIf(nodeMissing)(
  `a real kubelet${nodeMissing ? ` (skipped: ${nodeMissing})` : ""}`,
  { timeout: 240_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "fernblick-volumes-"));
    let plane: KubePlane;
    let node: { close(): Promise<void> };
    let followed: Followed;
    let access: ApiAccess;
    let readings: ClusterReadings;

    beforeAll(async () => {
      plane = await KubePlane.start("--disable-admission-plugins=ServiceAccount");
      await grantRole(plane);
      node = await startNode(plane, NODE);
      // Of a directory of the host nothing tells how full it is; of a filesystem that is given as local it does.
      const made = [
        bound("told", { local: { path: folder }, nodeAffinity: onThisNode }),
        bound("silent", { hostPath: { path: folder } }),
      ];
      for (const one of made) await bind(plane, one);
      await plane.create("pods", pod(["told", "silent"]));
      const kubeconfig = plane.kubeconfig({ user: AGENT_USER });
      followed = await followPlane(kubeconfig);
      await followed.until(
        (view) => isSettled(view) && view.list("pods").get("default/user")?.status?.phase === "Running",
      );
      access = await ApiAccess.open(kubeconfig);
      readings = new ClusterReadings({
        client: new ApiClient(access),
        view: followed.view,
        settler: new Settler(),
        isKubeletAsked: true,
        scrape: { isAnnotated: false, named: [] },
      });
    }, 240_000);
    afterAll(async () => {
      access?.close();
      await followed?.stop();
      await node?.close();
      await plane?.close();
      rmSync(folder, { recursive: true, force: true });
    }, 120_000);

    async function read() {
      const facts = new ClusterFacts(followed.view);
      const { items } = facts.describe(new Set(), Math.floor(Date.now() / 1000));
      const told = await readings.read({ items, reader: facts.reader }, 10_000, new AbortController().signal);
      const entity = (kind: string, key: string) =>
        told.samples.find((sample) => sample.kind === kind && sample.key === key);
      const node = told.cpuManagers.addTo(items.node ?? new Map()).get(NODE);
      return { entity, node, source: told.sources.get(`kubelet/${NODE}`) };
    }

    it("is not asked for what the role as it ships does not permit: all of it is unknown", async () => {
      const { entity, source } = await read();
      expect(source).toMatchObject({ status: "denied", reason: expect.stringContaining("nodes/proxy") });
      expect(entity("volume", "default/told")?.unknown?.usedBytes?.code).toBe("not_permitted");
      expect(entity("filesystem", `${NODE}/nodefs`)?.unknown?.usedBytes?.code).toBe("not_permitted");
    });

    it("tells with the optional role how full node and claim are, and of a claim without figures that nothing is known", async () => {
      await grantKubelets(plane);
      let { entity, source } = await read();
      // Until the role holds and the kubelet has looked at its volumes.
      while (source?.status !== "synced" || entity("volume", "default/told")?.readings.sizeBytes === undefined) {
        ({ entity, source } = await read());
      }
      const { blocks, bsize } = statfsSync(folder);
      expect(entity("volume", "default/told")?.readings.sizeBytes).toBe(blocks * bsize);
      expect(entity("volume", "default/silent")?.readings).toEqual({});
      expect(["not_yet", "not_offered"]).toContain(entity("volume", "default/silent")?.unknown?.usedBytes?.code);
      expect(entity("filesystem", `${NODE}/nodefs`)?.readings.usedBytes).toBeGreaterThan(0);
      const {
        cpuUsedCores = 0,
        memoryAvailableBytes = 0,
        memoryTotalBytes = 0,
      } = entity("machine", NODE)?.readings ?? {};
      expect(cpuUsedCores).toBeGreaterThan(0);
      expect(memoryAvailableBytes).toBeGreaterThan(0);
      expect(memoryAvailableBytes).toBeLessThan(memoryTotalBytes);
    });

    it("agrees with the kubelet's own summary, read at the same moment", async () => {
      const summary = async () =>
        (await plane.call("GET", `/api/v1/nodes/${NODE}/proxy/stats/summary`)) as KubeletSummary;
      // The kubelet looks again every few seconds: both have to be of one look.
      let [before, told, after] = [await summary(), await read(), await summary()];
      while (JSON.stringify(looksOf(before)) !== JSON.stringify(looksOf(after))) {
        [before, told, after] = [after, await read(), await summary()];
      }
      const { fs, memory, cpu } = before.node;
      expect(told.entity("filesystem", `${NODE}/nodefs`)?.readings).toMatchObject({
        sizeBytes: fs.capacityBytes,
        usedBytes: fs.usedBytes,
        availableBytes: fs.availableBytes,
      });
      const volume = before.pods.flatMap((one) => one.volume ?? []).find((one) => one.pvcRef?.name === "told");
      expect(told.entity("volume", "default/told")?.readings).toMatchObject({
        sizeBytes: volume?.capacityBytes,
        usedBytes: volume?.usedBytes,
        availableBytes: volume?.availableBytes,
      });
      const {
        memoryTotalBytes = 0,
        memoryAvailableBytes = 0,
        cpuUsedCores,
      } = told.entity("machine", NODE)?.readings ?? {};
      expect(memoryTotalBytes - memoryAvailableBytes).toBe(memory.workingSetBytes);
      expect(told.node?.cpuManagerPolicy).toBe("none");
      expect(cpuUsedCores).toBeCloseTo(cpu.usageNanoCores / 1e9, 6);
    });
  },
);

type Fill = { time: string; capacityBytes: number; usedBytes: number; availableBytes: number };
/** Of the kubelet's /stats/summary (stats/v1alpha1), what is compared. */
type KubeletSummary = {
  node: {
    fs: Fill;
    memory: { time: string; workingSetBytes: number };
    cpu: { time: string; usageNanoCores: number };
  };
  pods: { volume?: (Fill & { pvcRef?: { name: string } })[] }[];
};
/** When the kubelet looked at each of them. */
const looksOf = ({ node: { fs, memory, cpu }, pods }: KubeletSummary) => [
  ...[fs.time, memory.time, cpu.time],
  ...pods.flatMap(({ volume = [] }) => volume.map(({ time, usedBytes }) => `${time} ${usedBytes}`)),
];

async function bind(plane: KubePlane, { volume, claim }: Made): Promise<void> {
  await plane.create("persistentvolumeclaims", claim);
  const { metadata } = (await plane.call(
    "GET",
    `/api/v1/namespaces/default/persistentvolumeclaims/${claim.metadata.name}`,
  )) as ApiObject;
  const claimRef = { namespace: "default", name: claim.metadata.name, uid: metadata.uid };
  await plane.create("persistentvolumes", { ...volume, spec: { ...(volume.spec as object), claimRef } });
  await plane.setStatus("persistentvolumes", volume, { phase: "Bound" });
  await plane.setStatus("persistentvolumeclaims", claim, {
    phase: "Bound",
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
  });
}

async function grantKubelets(plane: KubePlane): Promise<void> {
  const documents = loadAllYaml(readFileSync("deploy/kubernetes/agent-kubelet-role.yaml", "utf8")) as ApiObject[];
  const role = documents.find(({ kind }) => kind === "ClusterRole") as ApiObject;
  const binding = documents.find(({ kind }) => kind === "ClusterRoleBinding") as ApiObject;
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: AGENT_USER }];
  await plane.create("clusterroles", role);
  await plane.create("clusterrolebindings", { ...binding, subjects });
}
