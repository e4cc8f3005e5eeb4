import { describe, expect, it } from "vitest";
import { ApiError } from "@/agent/kubernetes/api-client";
import { ClusterFacts } from "@/agent/kubernetes/facts/cluster-facts";
import { Settler } from "@/agent/settle";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { MadeUpCluster, WELL_AT } from "@/agent/testing/made-up-cluster";
import { KubeletReadings } from "./kubelet-readings";
import { readKubeletStats, usageOfKubelets } from "./kubelet-stats";
import { SampleBook } from "./sample-book";

const GIBIBYTE = 2 ** 30;

function claim(name: string, phase = "Bound"): ApiObject {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: "shop" }, status: { phase } };
}

function pod(name: string, node: string, claims: string[] = [], phase = "Running"): ApiObject {
  const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels: { "app.kubernetes.io/part-of": "shop" } },
    spec: { nodeName: node, volumes },
    status: { phase },
  };
}

const time = "2026-11-20T11:59:50Z";
type ToldPod = { cpuNanoseconds?: number; startTime?: string; volume?: object[] };

/** As kubelet 1.20 to 1.34 answer `/stats/summary`, shortened. */
function summaryOf(node: string, pods: Record<string, ToldPod> = {}) {
  return {
    node: {
      nodeName: node,
      systemContainers: [{ name: "kubelet", startTime: "2026-11-01T00:00:00Z" }],
      startTime: "2026-11-01T00:00:00Z",
      cpu: { time, usageNanoCores: 512_000_000, usageCoreNanoSeconds: 8_000_000_000_000 },
      memory: {
        time,
        availableBytes: 6 * GIBIBYTE,
        usageBytes: 3 * GIBIBYTE,
        workingSetBytes: 2 * GIBIBYTE,
        rssBytes: 1,
        pageFaults: 1,
        majorPageFaults: 0,
      },
      fs: {
        time,
        availableBytes: 60_000,
        capacityBytes: 100_000,
        usedBytes: 35_000,
        inodesFree: 900,
        inodes: 1000,
        inodesUsed: 100,
      },
      runtime: {
        imageFs: {
          time,
          availableBytes: 60_000,
          capacityBytes: 100_000,
          usedBytes: 20_000,
          inodesFree: 900,
          inodes: 1000,
        },
      },
      rlimit: { time, maxpid: 32_768, curproc: 400 },
    },
    pods: Object.entries(pods).map(
      ([name, { cpuNanoseconds = 0, startTime = "2026-11-10T00:00:00Z", volume = [] }]) => ({
        podRef: { name, namespace: "shop", uid: `uid-${name}` },
        startTime,
        containers: [],
        cpu: { time, usageNanoCores: 20_000_000, usageCoreNanoSeconds: cpuNanoseconds },
        memory: { time, workingSetBytes: 50_000 },
        volume: [{ time, availableBytes: 1, capacityBytes: 2, usedBytes: 1, name: "kube-api-access-x" }, ...volume],
        "ephemeral-storage": { time, usedBytes: 1 },
      }),
    ),
  };
}

const mounted = (name: string, fill: object) => ({ time, ...fill, name: "data", pvcRef: { name, namespace: "shop" } });

type Answers = Record<string, object | Error>;

class Bench {
  readonly #readings = new KubeletReadings(new Settler());
  readonly asked: string[] = [];

  async say(objects: ApiObject[], answers: Answers, atSeconds = WELL_AT) {
    const client = {
      document: async ({ path }: { path: string }) => {
        this.asked.push(path);
        const answer = answers[path.split("/")[4] ?? ""];
        if (!answer || answer instanceof Error) throw answer ?? new Error("silence");
        return { status: 200, headers: {}, body: JSON.parse(JSON.stringify(answer)) };
      },
    };
    const stats = await readKubeletStats(client, Object.keys(answers), 1000, new AbortController().signal);
    const { reader } = new ClusterFacts(new MadeUpCluster(objects).view);
    const book = new SampleBook();
    this.#readings.put(book, reader, stats, atSeconds);
    const { samples } = book.samples();
    const entity = (kind: string, key: string) => samples.find((sample) => sample.kind === kind && sample.key === key);
    return { entity, stats };
  }
}

const full = { availableBytes: 300, capacityBytes: 1000, usedBytes: 700, inodes: 64, inodesFree: 60, inodesUsed: 4 };

describe("what kubelets tell", () => {
  it("is how full each claim is, asked of the node that mounts it", async () => {
    const bench = new Bench();
    const { entity } = await bench.say([claim("data"), pod("web", "node-a", ["data"])], {
      "node-a": summaryOf("node-a", { web: { volume: [mounted("data", full)] } }),
    });
    expect(entity("volume", "shop/data")?.readings).toEqual({
      sizeBytes: 1000,
      usedBytes: 700,
      availableBytes: 300,
      inodesTotal: 64,
      inodesFree: 60,
    });
    expect(bench.asked).toEqual(["/api/v1/nodes/node-a/proxy/stats/summary"]);
  });

  it("is how full a node is, and where it keeps images", async () => {
    const { entity, stats } = await new Bench().say([], { "node-a": summaryOf("node-a") });
    expect(entity("filesystem", "node-a/nodefs")?.readings).toEqual({
      sizeBytes: 100_000,
      usedBytes: 35_000,
      availableBytes: 60_000,
      inodesTotal: 1000,
      inodesFree: 900,
    });
    // On the same filesystem: told once.
    expect(entity("filesystem", "node-a/imagefs")).toBeUndefined();
    expect(usageOfKubelets(stats).nodes).toEqual({
      value: new Map([["node-a", { cpuCores: 0.512, memoryBytes: 2 * GIBIBYTE }]]),
    });
  });

  it("is of a filesystem of images its size and what is left: what images take of it is not what is used in it", async () => {
    const summary = summaryOf("node-a");
    summary.node.runtime.imageFs.capacityBytes = 200_000;
    const { entity } = await new Bench().say([], { "node-a": summary });
    expect(entity("filesystem", "node-a/imagefs")?.readings).toEqual({
      sizeBytes: 200_000,
      availableBytes: 60_000,
      inodesTotal: 1000,
      inodesFree: 900,
    });
  });

  it("with noughts, of a pod that its kubelet did not look at yet, is no use", async () => {
    const summary = summaryOf("node-a", { web: {} });
    for (const { memory } of summary.pods) memory.workingSetBytes = 0;
    const { stats } = await new Bench().say([pod("web", "node-a")], { "node-a": summary });
    expect(usageOfKubelets(stats).pods).toEqual({ value: new Map() });
  });

  const unknownOf = async (objects: ApiObject[], answers: Answers) => {
    const { entity } = await new Bench().say(objects, answers);
    const volume = entity("volume", "shop/data");
    return volume && { code: volume.unknown?.usedBytes?.code, readings: volume.readings };
  };

  it.each<[string, ApiObject[], Answers, string]>([
    [
      "its driver tells nothing",
      [pod("web", "node-a", ["data"])],
      { "node-a": summaryOf("node-a", { web: {} }) },
      "not_offered",
    ],
    [
      "its driver says nought of everything",
      [pod("web", "node-a", ["data"])],
      {
        "node-a": summaryOf("node-a", {
          web: { volume: [mounted("data", { capacityBytes: 0, usedBytes: 0, availableBytes: 0 })] },
        }),
      },
      "not_offered",
    ],
    [
      "it is a block device, of which only the size is told",
      [pod("web", "node-a", ["data"])],
      { "node-a": summaryOf("node-a", { web: { volume: [mounted("data", { capacityBytes: 1000 })] } }) },
      "not_offered",
    ],
    [
      "it was seen too long ago, as of a file server that no longer answers",
      [pod("web", "node-a", ["data"])],
      {
        "node-a": summaryOf("node-a", {
          web: { volume: [{ ...mounted("data", full), time: "2026-11-20T11:49:00Z" }] },
        }),
      },
      "read_failed",
    ],
    [
      "no running pod mounts it",
      [pod("web", "node-a", ["data"], "Pending")],
      { "node-a": summaryOf("node-a") },
      "not_yet",
    ],
    [
      "its pod was just started",
      [pod("web", "node-a", ["data"])],
      { "node-a": summaryOf("node-a", { web: { startTime: "2026-11-20T11:58:00Z" } }) },
      "not_yet",
    ],
    [
      "its node does not answer",
      [pod("web", "node-a", ["data"])],
      { "node-a": new Error("dial tcp: no route to host") },
      "read_failed",
    ],
    [
      "its node may not be asked",
      [pod("web", "node-a", ["data"])],
      { "node-a": new ApiError(403, "403: forbidden") },
      "not_permitted",
    ],
    ["its node is not known", [pod("web", "node-b", ["data"])], { "node-a": summaryOf("node-a") }, "read_failed"],
  ])("is unknown and never nought where %s", async (_, objects, answers, code) => {
    expect(await unknownOf([claim("data"), ...objects], answers)).toEqual({ code, readings: {} });
  });

  it("is nothing of a claim that has no volume", async () => {
    expect(await unknownOf([claim("data", "Pending")], { "node-a": summaryOf("node-a") })).toBeUndefined();
  });

  it("of a claim on several nodes is what the one says that answers", async () => {
    const objects = [claim("data"), pod("web-1", "node-a", ["data"]), pod("web-2", "node-b", ["data"])];
    const { entity } = await new Bench().say(objects, {
      "node-a": new Error("silence"),
      "node-b": summaryOf("node-b", { "web-2": { volume: [mounted("data", full)] } }),
    });
    expect(entity("volume", "shop/data")?.readings.usedBytes).toBe(700);
  });

  it("that makes no sense is no reading", async () => {
    const { stats, entity } = await new Bench().say([claim("data"), pod("web", "node-a", ["data"])], {
      "node-a": { status: "Not Found" },
    });
    expect(stats.get("node-a")).toEqual({
      unknown: { code: "read_failed", detail: "stats of node node-a: the answer is no summary of a node" },
    });
    expect(entity("filesystem", "node-a/nodefs")?.unknown?.usedBytes?.code).toBe("read_failed");
  });
});

describe("CPU time of an application", () => {
  const SECOND = 1_000_000_000;
  const at = (minute: number) => WELL_AT + 60 * minute;

  it("grows by what its pods used since the last look: also of one that was started since, and not of before the first look", async () => {
    const bench = new Bench();
    const seconds = async (minute: number, pods: Record<string, ToldPod>, extra: string[] = []) => {
      const objects = [...new Set([...Object.keys(pods), ...extra])].map((name) => pod(name, "node-a"));
      const { entity } = await bench.say(objects, { "node-a": summaryOf("node-a", pods) }, at(minute));
      const sample = entity("application", "shop/shop");
      return sample?.readings.cpuUsedSeconds ?? sample?.unknown?.cpuUsedSeconds?.code;
    };
    expect(await seconds(0, { a: { cpuNanoseconds: 500 * SECOND } })).toBe("not_yet");
    expect(await seconds(1, { a: { cpuNanoseconds: 503 * SECOND } })).toBe(3);
    const started = new Date(1000 * (at(1) + 20)).toISOString();
    expect(
      await seconds(2, { a: { cpuNanoseconds: 504 * SECOND }, b: { cpuNanoseconds: 7 * SECOND, startTime: started } }),
    ).toBe(11);
    // A pod that its kubelet does not tell of yet makes the sum unknown; what it used comes later.
    expect(await seconds(3, { a: { cpuNanoseconds: 505 * SECOND } }, ["b"])).toBe("not_yet");
    expect(
      await seconds(4, { a: { cpuNanoseconds: 506 * SECOND }, b: { cpuNanoseconds: 10 * SECOND, startTime: started } }),
    ).toBe(16);
  });
});
