import { describe, expect, test } from "vitest";
import { describeCluster } from "@/agent/kubernetes/facts/cluster-facts";
import type { ApiObject } from "@/agent/testing/kube-plane";
import { MadeUpCluster } from "@/agent/testing/made-up-cluster";
import { ITEM_SCHEMAS, type ItemKind } from "@/contract/cluster/items";
import { REASON_CODES } from "@/contract/cluster/reasons";
import { encodeFrame } from "@/contract/codec/frame";
import { createLayout } from "@/contract/codec/layout";
import { backlogOf } from "./backlog";
import { clusterItems } from "./cluster-items";
import { dayLoad, isDark, OUTAGE_EVERY_SECONDS, type Outage, outagesAt } from "./fate";
import { FLAVOUR, FLAVOURS } from "./flavours";
import { type ClusterPlan, type NodePlan, planFleet, SITES_DEFAULT } from "./fleet-plan";
import { localHour, PLACES } from "./places";
import { blockOf } from "./sample";
import { samplesOf } from "./simulated-agent";
import { changedInventory } from "./told-inventory";

const NOON = Date.parse("2026-11-20T11:00:00Z") / 1000;
const fleet = planFleet({ seed: 1, sites: SITES_DEFAULT });
const clusters = fleet.agents.filter((agent): agent is ClusterPlan => agent.kind === "cluster");

describe("the plan", () => {
  test("has 400 clusters in 12 regions of 6 countries, every agent and site with a name of its own", () => {
    expect(clusters).toHaveLength(400);
    expect(new Set(fleet.sites.map(({ place }) => place.city)).size).toBe(12);
    expect(new Set(PLACES.map(({ country }) => country)).size).toBe(6);
    expect(new Set(fleet.agents.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(fleet.agents.length);
    expect(new Set(fleet.sites.map(({ name }) => name.toLowerCase())).size).toBe(SITES_DEFAULT);
    expect(new Set(clusters.map(({ flavour }) => flavour)).size).toBe(FLAVOURS.length);
  });

  test("of two sizes of one seed, the smaller is the beginning of the larger; another seed shares no name with it", () => {
    const small = planFleet({ seed: 1, sites: 30 });
    expect(fleet.agents.slice(0, small.agents.length)).toEqual(small.agents);
    const other = new Set(planFleet({ seed: 7, sites: 30 }).agents.map(({ name }) => name));
    expect(small.agents.filter(({ name }) => other.has(name))).toEqual([]);
  });
});

describe("what agents tell", () => {
  test("is the same to the byte for the same seed and clock, and other for another clock", () => {
    const bytes = (at: number) =>
      planFleet({ seed: 1, sites: 17 }).agents.map((agent) => {
        const layout = createLayout(samplesOf(agent, at, 60).map(({ kind, key }) => ({ kind, key })));
        const frame = encodeFrame(blockOf(layout, [at - 60, at], (moment) => samplesOf(agent, moment, 60)));
        const items =
          agent.kind === "cluster"
            ? JSON.stringify(Object.entries(clusterItems(agent, at)).map(([kind, of]) => [kind, [...of]]))
            : "";
        return `${Buffer.from(frame).toString("base64")} ${items}`;
      });
    expect(bytes(NOON)).toEqual(bytes(NOON));
    expect(bytes(NOON)).not.toEqual(bytes(NOON + 3600));
  });

  test("is what the contract takes, with reasons that the console has words for", () => {
    const faults: string[] = [];
    const codes = new Set<string>(REASON_CODES);
    for (const plan of clusters) {
      for (const [kind, ofKind] of Object.entries(clusterItems(plan, NOON))) {
        for (const [key, item] of ofKind) {
          const taken = ITEM_SCHEMAS[kind as ItemKind].safeParse(item);
          if (!taken.success) faults.push(`${plan.name} ${kind} ${key}: ${taken.error.message}`);
          for (const { code } of (item as { reasons?: { code: string }[] }).reasons ?? []) {
            if (!codes.has(code)) faults.push(`${kind} ${key}: ${code}`);
          }
        }
      }
    }
    expect(faults).toEqual([]);
  });

  test.each(FLAVOURS)("a cluster of %s is what recognition finds in its nodes, with the same proof", (flavour) => {
    const plan = clusters.find((one) => one.flavour === flavour);
    if (!plan) throw new Error(`no cluster of ${flavour}`);
    const version = FLAVOUR[flavour].gitVersion(plan.release);
    const view = new MadeUpCluster(
      plan.nodes.map((node) => nodeObject(plan, node)),
      { gitVersion: version },
    ).view;
    const found = describeCluster(view, NOON).items.cluster?.get("cluster");
    const told = clusterItems(plan, NOON).cluster?.get("cluster");
    const { distribution, distributionProof, provider, providerProof, controlPlane } = told ?? {};
    expect(found).toMatchObject({ gitVersion: version, distribution, distributionProof, controlPlane });
    expect([found?.provider, found?.providerProof]).toEqual([provider, providerProof]);
  });

  test("changes of an inventory say what is other, and nothing when nothing is", () => {
    const plan = clusters[0] as ClusterPlan;
    expect(changedInventory(plan.uid, clusterItems(plan, NOON), clusterItems(plan, NOON + 1))).toBeNull();
    const later = clusterItems(plan, NOON + 20 * 86_400);
    expect(changedInventory(plan.uid, clusterItems(plan, NOON), later)).toMatchObject({
      type: "inventory",
      part: null,
    });
  });
});

describe("what befalls the fleet", () => {
  const hitBy = ({ carrier, city }: Outage) =>
    clusters.filter(({ site }) => site.kind === "edge" && site.carrier === carrier && site.place.city === city);

  test("every hour one carrier goes dark in one region, whole within two minutes, and comes back", () => {
    for (let slot = 0; slot < 24; slot += 1) {
      const from = Math.floor(NOON / OUTAGE_EVERY_SECONDS) * OUTAGE_EVERY_SECONDS + slot * OUTAGE_EVERY_SECONDS;
      const [outage, before] = outagesAt(fleet, from + 600);
      if (!outage || !before) throw new Error("no outage");
      const hit = hitBy(outage);
      // Enough that its name is no chance.
      expect(hit.length).toBeGreaterThanOrEqual(5);
      expect([outage.carrier, outage.city]).not.toEqual([before.carrier, before.city]);
      const darkAt = (at: number) => hit.filter((agent) => isDark(fleet, agent, at)).length;
      expect(darkAt(from + 120)).toBe(hit.length);
      expect(darkAt(outage.until + 300)).toBeLessThan(hit.length);
    }
  });

  test("at any moment an outage goes on that began so long ago that it is found, and another was over within the hour", () => {
    for (let at = NOON; at < NOON + 2 * OUTAGE_EVERY_SECONDS; at += 60) {
      const all = outagesAt(fleet, at);
      expect(all.some(({ from, until }) => at - from > 300 && at < until)).toBe(true);
      expect(all.some(({ until }) => at >= until && at - until < 3600)).toBe(true);
    }
  });

  test("at any time most of the fleet is heard, and some of it is not well", () => {
    const dark = clusters.filter((agent) => isDark(fleet, agent, NOON));
    expect(dark.length).toBeLessThan(40);
    const unwell = clusters.filter((plan) =>
      [...(clusterItems(plan, NOON).application?.values() ?? [])].some(({ health }) => health !== "healthy"),
    );
    expect(unwell.length).toBeGreaterThan(0);
    expect(unwell.length).toBeLessThan(80);
  });

  test("nights are quiet by the clock of the place", () => {
    expect(localHour("Europe/Berlin", NOON)).toBe(12);
    // In summer by two hours.
    expect(localHour("Europe/Berlin", Date.parse("2026-07-01T22:30:00Z") / 1000)).toBe(0.5);
    expect(dayLoad("Europe/Berlin", NOON)).toBeGreaterThan(3 * dayLoad("Europe/Berlin", NOON - 9 * 3600));
  });
});

describe("a backlog", () => {
  test("covers the whole gap once, coarser the older it is, and says where it is thinned", () => {
    const stretches = backlogOf(NOON - 2 * 86_400, NOON, 60);
    const moments = stretches.flatMap((stretch) => stretch.moments);
    expect(moments).toEqual([...new Set(moments)].sort((a, b) => a - b));
    expect(moments[0]).toBeGreaterThan(NOON - 2 * 86_400);
    expect(moments.at(-1)).toBe(NOON - 60);
    expect(stretches.map(({ stepSeconds, isThinned }) => [stepSeconds, isThinned])).toEqual([
      [3600, true],
      [300, true],
      [60, false],
    ]);
  });

  test("is empty when nothing was missed", () => {
    expect(backlogOf(NOON - 60, NOON, 60)).toEqual([]);
  });
});

/** As the API has it. */
function nodeObject(plan: ClusterPlan, node: NodePlan): ApiObject {
  const flavour = FLAVOUR[plan.flavour];
  const roles = Object.fromEntries(node.roles.map((role) => [`node-role.kubernetes.io/${role}`, ""]));
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: node.name, labels: { ...roles, ...node.labels } },
    spec: { ...(node.providerId ? { providerID: node.providerId } : {}) },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: { osImage: flavour.osImage(plan.release), kubeletVersion: flavour.gitVersion(plan.release) },
    },
  };
}
