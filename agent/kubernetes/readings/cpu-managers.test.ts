import { expect, test } from "vitest";
import type { ItemOf } from "@/contract/cluster/items";
import { CpuManagers } from "./cpu-managers";

const never = new AbortController().signal;
const node: ItemOf<"node"> = {
  ...{ roles: [], isSchedulable: true, taints: [], conditions: {}, capacity: {}, allocatable: {}, labels: {} },
  ...{ health: "healthy", reasons: [] },
};

/** Answers as kubelets do; a node that is not among them does not answer. */
const clientOf = (policies: Record<string, string>) => {
  const asked: string[] = [];
  const document = async ({ path }: { path: string }) => {
    const name = path.split("/")[4] ?? "";
    asked.push(name);
    const cpuManagerPolicy = policies[name];
    if (!cpuManagerPolicy) throw new Error("403");
    return { body: { kubeletconfig: { cpuManagerPolicy } } } as never;
  };
  return { asked, document };
};

test("nodes have the policy that their kubelet tells; of one that does not answer it is not known, and it is asked again", async () => {
  const managers = new CpuManagers();
  const client = clientOf({ a: "static" });
  await managers.read(client, ["a", "b"], 0, 1000, never);
  const told = managers.addTo(
    new Map([
      ["a", node],
      ["b", node],
    ]),
  );
  expect([told.get("a")?.cpuManagerPolicy, told.get("b")?.cpuManagerPolicy]).toEqual(["static", undefined]);
  expect(managers.addTo(new Map([["a", node]])).get("a")).toBe(told.get("a"));
  await managers.read(client, ["a", "b"], 60_000, 1000, never);
  expect(client.asked).toEqual(["a", "b", "b"]);
  await managers.read(client, ["a"], 3_600_000, 1000, never);
  expect(client.asked).toEqual(["a", "b", "b", "a"]);
});

test("where kubelets are not asked, nodes are as they were", () => {
  const nodes = new Map([["a", node]]);
  expect(new CpuManagers().addTo(nodes)).toBe(nodes);
});
