import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { deployment, MadeUpCluster, readObjects, WELL_AT } from "@/agent/testing/made-up-cluster";
import { contractFaults, patched, tellOf, told } from "@/agent/testing/told-cluster";
import { SYSTEMS } from "@/contract/cluster/systems";
import { ClusterFacts, describeCluster } from "./cluster-facts";
import type { Section, Source } from "./section";
import { SECTIONS } from "./sections";
import { SYSTEM_FACTS } from "./systems/table";

const FOLDER = new URL("../../testing/cluster-objects/", import.meta.url);
const everything = readdirSync(FOLDER).flatMap((file) => readObjects(file.replace(".yaml", "")));
const nothing = new Set<Source>();

describe("what is told of a cluster", () => {
  it("is what the contract takes, of every object of every system", () => {
    const description = describeCluster(new MadeUpCluster(everything).view, WELL_AT);
    expect(contractFaults(description)).toEqual([]);
    expect(description.items.part?.size).toBeGreaterThan(40);
  });

  it("has every system of the contract in its table, once", () => {
    expect(SYSTEM_FACTS.map(({ system }) => system).sort()).toEqual(Object.keys(SYSTEMS).sort());
  });

  it("is nothing of a system in a cluster without any", () => {
    expect(tellOf([]).keys("system")).toEqual([]);
    expect(tellOf([]).keys("part")).toEqual([]);
  });
});

describe("after a change", () => {
  const well = [...everything, deployment("shop", "web", "shop:1")];

  /** Sections that were computed, by their place in the table. */
  function counted() {
    const computed: number[] = [];
    const copies = new Map<Section, Section>();
    SECTIONS.forEach((section, index) => {
      const copy: Section = {
        ...section,
        ...(section.after ? { after: copies.get(section.after) as Section } : {}),
        describe: (...of) => {
          computed.push(index);
          return section.describe(...of);
        },
      };
      copies.set(section, copy);
    });
    return { computed, sections: [...copies.values()] };
  }

  it("only what reads the changed resource is computed anew", () => {
    const { computed, sections } = counted();
    const cluster = new MadeUpCluster(well);
    const facts = new ClusterFacts(cluster.view, sections);
    facts.describe(nothing, WELL_AT);
    expect(computed).toHaveLength(SECTIONS.length);
    computed.length = 0;
    facts.describe(new Set(["certificates.cert-manager.io"]), WELL_AT);
    const reads = computed.map((index) => SECTIONS[index]?.reads.includes("certificates.cert-manager.io"));
    expect(reads).toEqual([true, true, true]);
    computed.length = 0;
    facts.describe(nothing, WELL_AT);
    expect(computed).toEqual([]);
  });

  it("what is the same is the same object, and a kind of which nothing changed is the same map", () => {
    const cluster = new MadeUpCluster(well);
    const facts = new ClusterFacts(cluster.view);
    const before = facts.describe(nothing, WELL_AT).items;
    const changed = cluster.put(
      patched(well, "Volume pvc-1", { status: { robustness: "degraded" } }).find(
        ({ metadata }) => metadata.name === "pvc-1",
      ) as (typeof well)[0],
    );
    const after = facts.describe(new Set([changed]), WELL_AT).items;
    expect(after.node).toBe(before.node);
    expect(after.system?.get("velero")).toBe(before.system?.get("velero"));
    const different = [...(after.part ?? [])]
      .filter(([key, item]) => before.part?.get(key) !== item)
      .map(([key]) => key);
    expect(different).toEqual(["longhorn/Volume/longhorn-system/pvc-1"]);
    expect(describeCluster(cluster.view, WELL_AT).items).toEqual(after);
  });

  it("what is gone is told no more, and neither is what was computed of it", () => {
    const cluster = new MadeUpCluster(well);
    const facts = new ClusterFacts(cluster.view);
    facts.describe(nothing, WELL_AT);
    const web = well.find(({ metadata }) => metadata.name === "web") as (typeof well)[0];
    const after = told(facts.describe(new Set([cluster.remove(web)]), WELL_AT));
    expect(after.keys("workload")).toEqual([]);
    expect(after.keys("application")).toEqual([]);
  });

  it("when the time of a judgement comes, it and what depends on it are computed without any change", () => {
    const certificates = [
      ...readObjects("cert-manager"),
      deployment("cert-manager", "cert-manager", "quay.io/jetstack/cert-manager-controller:v1.19.0"),
    ];
    const facts = new ClusterFacts(new MadeUpCluster(certificates).view);
    const first = facts.describe(nothing, WELL_AT);
    expect(told(first).health("cert_manager")).toBe("healthy");
    const due = first.dueAt as number;
    expect(due).toBe(Date.parse("2026-11-30T00:00:01Z") / 1000);
    expect(told(facts.describe(nothing, due - 1)).health("cert_manager")).toBe("healthy");
    const later = facts.describe(nothing, due);
    expect(told(later).health("cert_manager/Certificate/shop/shop")).toBe("degraded renewal_due");
    expect(told(later).health("cert_manager")).toBe("degraded parts_degraded");
    expect(later.dueAt).toBe(Date.parse("2026-12-30T00:00:01Z") / 1000);
  });
});
