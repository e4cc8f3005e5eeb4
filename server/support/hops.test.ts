import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { currentSupport } from "./dates";
import { eveningsOf, type Hops, hopsTo, type NodeGroup, targetOf } from "./hops";
import { clusterSupport, kubeletBehindMax, supportOf } from "./model";

const { data } = currentSupport(undefined);
const today = new Date("2026-11-23T12:00:00Z");
const rule = { nodeStepMinors: 1, areNodesWithEachHop: false, isKubeletInControlPlane: false };
const workers = (minor: number, nodes: number): NodeGroup => ({ minor, nodes, isControlPlane: false });
const said = ({ steps }: Hops) => steps.map(({ part, from, to, nodes }) => `${part} ${from}-${to} ${nodes}`);

describe("the way to a later minor", () => {
  test("lets kubelets stay behind as far as they may, and no further", () => {
    const way = { from: 32, to: 36, kubelets: [workers(31, 4)], rule };
    expect(said(hopsTo({ ...way, mayStay: (minor) => minor >= 35 }))).toEqual([
      "controlPlane 32-33 0",
      "controlPlane 33-34 0",
      "nodes 31-32 4",
      "nodes 32-33 4",
      "nodes 33-34 4",
      "controlPlane 34-35 0",
      "controlPlane 35-36 0",
      "nodes 34-35 4",
      "nodes 35-36 4",
    ]);
    const large = { ...rule, nodeStepMinors: 3 };
    expect(said(hopsTo({ ...way, rule: large, mayStay: () => true }))).toEqual([
      "controlPlane 32-33 0",
      "controlPlane 33-34 0",
      "nodes 31-34 4",
      "controlPlane 34-35 0",
      "controlPlane 35-36 0",
    ]);
  });

  test("takes the control plane's own kubelets along where both are one program", () => {
    const kubelets = [{ minor: 33, nodes: 1, isControlPlane: true }];
    const hops = hopsTo({
      from: 33,
      to: 36,
      kubelets,
      rule: { ...rule, isKubeletInControlPlane: true },
      mayStay: () => false,
    });
    expect(said(hops)).toEqual(["controlPlane 33-34 0", "controlPlane 34-35 0", "controlPlane 35-36 0"]);
    expect(hops.nodesToDo).toBe(1);
  });

  test("brings the nodes with each hop where they cannot stay behind", () => {
    const hops = hopsTo({
      from: 35,
      to: 36,
      kubelets: [workers(35, 2)],
      rule: { ...rule, areNodesWithEachHop: true },
      mayStay: () => true,
    });
    expect(said(hops)).toEqual(["controlPlane 35-36 0", "nodes 35-36 2"]);
  });

  test("begins with kubelets that are too old already, and says so", () => {
    const hops = hopsTo({ from: 33, to: 33, kubelets: [workers(29, 2), workers(34, 1)], rule, mayStay: () => true });
    expect(hops.breaches).toEqual(["tooOld", "newer"]);
    expect(said(hops)[0]).toBe("nodes 29-30 2");
    expect(hops.steps.at(-1)).toMatchObject({ to: 33 });
  });

  const anyWay = fc.record({
    from: fc.integer({ min: 20, max: 36 }),
    more: fc.integer({ min: 0, max: 12 }),
    kubelets: fc.array(
      fc.record({
        behind: fc.integer({ min: -2, max: 8 }),
        nodes: fc.integer({ min: 1, max: 500 }),
        isControlPlane: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
    rule: fc.record({
      nodeStepMinors: fc.integer({ min: 1, max: 3 }),
      areNodesWithEachHop: fc.boolean(),
      isKubeletInControlPlane: fc.boolean(),
      kubeletBehindMax: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }),
    stayFrom: fc.integer({ min: 20, max: 48 }),
  });

  test("never skips a minor of the control plane, never goes down, keeps the skew, and leaves nothing unsupported", () => {
    fc.assert(
      fc.property(anyWay, ({ from, more, kubelets, rule: by, stayFrom }) => {
        const to = from + more;
        const groups = kubelets.map(({ behind, ...group }) => ({ ...group, minor: from - behind }));
        const { steps, minors, nodesToDo } = hopsTo({
          from,
          to,
          kubelets: groups,
          rule: by,
          mayStay: (minor) => minor >= stayFrom,
        });
        expect(minors).toEqual(Array.from({ length: more }, (_, step) => from + 1 + step));
        const at = groups.map((group) => ({ ...group }));
        let server = from;
        for (const step of steps) {
          expect(step.to).toBeGreaterThan(step.from);
          if (step.part === "controlPlane") {
            expect([step.from, step.to]).toEqual([server, server + 1]);
            server = step.to;
            for (const group of at) {
              if (by.isKubeletInControlPlane && group.isControlPlane) group.minor = Math.max(group.minor, server);
              // A rule that lets nothing stay behind cannot hold for a moment between control plane and nodes.
              if (by.kubeletBehindMax !== 0) {
                expect(server - group.minor).toBeLessThanOrEqual(kubeletBehindMax(server, by.kubeletBehindMax));
              }
            }
          } else {
            const group = at.find(({ minor, nodes }) => minor === step.from && nodes === step.nodes);
            expect(group).toBeDefined();
            expect(step.to).toBeLessThanOrEqual(server);
            expect(step.to - step.from).toBeLessThanOrEqual(by.nodeStepMinors);
            if (group) group.minor = step.to;
          }
        }
        expect(server).toBe(to);
        for (const { minor } of at) expect(minor >= stayFrom || minor >= to).toBe(true);
        expect(nodesToDo).toBeLessThanOrEqual(groups.reduce((sum, { nodes }) => sum + nodes, 0));
      }),
    );
  });
});

describe("where the way leads", () => {
  test.each([
    ["k3s", "v1.33.1+k3s1", 36],
    ["upstream", "v1.24.0", 36],
    ["eks", "v1.33.1-eks-1", 36],
    ["gke", "v1.34.0-gke.1", 36],
    ["upstream", "v1.36.0", null],
    ["upstream", "v1.99.0", null],
    ["upstream", null, null],
  ])("%s %s leads to %s", (distribution, gitVersion, minor) => {
    const support = clusterSupport(data, { distribution, gitVersion }, today);
    expect(targetOf(data, support, today)).toBe(minor);
  });

  test("is always later and supported, on every day and from every version", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 40 }),
        fc.constantFrom("k3s", "eks", "gke", "upstream", "microk8s"),
        fc.date({ min: new Date("2025-01-01"), max: new Date("2029-01-01"), noInvalidDate: true }),
        (minor, distribution, day) => {
          const support = clusterSupport(data, { distribution, gitVersion: `v1.${minor}.0` }, day);
          const target = targetOf(data, support, day);
          if (target === null) return;
          expect(target).toBeGreaterThan(minor);
          expect(["supported", "ending"]).toContain(supportOf(data, support.product, `1.${target}`, day).state);
        },
      ),
    );
  });
});

test("evenings are of hops and of nodes, rounded up", () => {
  const basis = { ...data.plan, eveningsPerHop: 1, nodesPerEvening: 20 };
  const hops = hopsTo({ from: 34, to: 36, kubelets: [workers(34, 21)], rule, mayStay: () => false });
  expect(eveningsOf(hops, basis)).toBe(5);
  expect(eveningsOf({ steps: [], minors: [] }, basis)).toBe(0);
});
