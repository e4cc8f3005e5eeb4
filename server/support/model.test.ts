import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { log } from "@/server/log";
import { currentSupport } from "./dates";
import { clusterSupport, cycleOf, kubeletSkew, supportOf } from "./model";
import { SupportData } from "./support-data";

const origin = { source: "a test", sourceUrl: "https://example.org", asOf: "2026-01-01" };
const rule = { ...origin, nodeStepMinors: 1, areNodesWithEachHop: false, isKubeletInControlPlane: false };
const dates = SupportData.parse({
  products: {
    kubernetes: { name: "Kubernetes", ...origin, cycles: { "1.33": { ends: "2026-06-28" } } },
    eks: { name: "EKS", ...origin, cycles: { "1.33": { ends: "2026-07-29", extendedEnds: "2027-07-29" } } },
    flux: { name: "Flux", ...origin, cycles: { "2.9": { ends: null } } },
    postgresql: { name: "PostgreSQL", ...origin, cyclesAre: "major", cycles: { "17": { ends: "2029-11-08" } } },
  },
  rules: { default: rule },
  plan: { source: "entered", asOf: "2026-01-01", targetDaysMin: 180, eveningsPerHop: 1, nodesPerEvening: 20 },
});
const on = (day: string) => new Date(`${day}T12:00:00Z`);

describe("a version's cycle", () => {
  test.each([
    ["v1.33.1+k3s1", "1.33"],
    ["v1.30.2-gke.1587003", "1.30"],
    ["v1.36-eks-6", "1.36"],
    ["1.7.27", "1.7"],
    ["v2.9", "2.9"],
    ["latest", null],
    ["", null],
    [undefined, null],
  ])("of %s is %s", (version, cycle) => {
    expect(cycleOf(version)).toBe(cycle);
  });
});

describe("support", () => {
  test.each([
    ["2026-01-01", "supported"],
    ["2026-03-29", "supported"],
    ["2026-03-30", "ending"],
    ["2026-06-28", "ending"],
    ["2026-06-29", "ended"],
  ])("on %s of a version until 2026-06-28 is: %s", (day, state) => {
    expect(supportOf(dates, "kubernetes", "v1.33.9", on(day)).state).toBe(state);
  });

  test("goes on at a price where the provider sells that, and ends with it", () => {
    const cluster = { distribution: "eks", gitVersion: "v1.33.1-eks-1" };
    expect(clusterSupport(dates, cluster, on("2026-08-01"))).toMatchObject({ state: "extended", product: "eks" });
    expect(clusterSupport(dates, cluster, on("2027-07-30"))).toMatchObject({ state: "ended", isDerived: false });
  });

  test("of a distribution without dates is that of its Kubernetes, and says so", () => {
    const cluster = { distribution: "k3s", gitVersion: "v1.33.1+k3s1" };
    expect(clusterSupport(dates, cluster, on("2026-08-01"))).toMatchObject({
      state: "ended",
      product: "kubernetes",
      isDerived: true,
      asOf: "2026-01-01",
    });
  });

  test("has ended for what is older than all that is dated, once the oldest of these has ended", () => {
    expect(supportOf(dates, "kubernetes", "v1.9.1", on("2026-08-01"))).toMatchObject({ state: "ended", ends: null });
    expect(supportOf(dates, "kubernetes", "v1.9.1", on("2026-01-01")).state).toBe("unknown");
    expect(supportOf(dates, "eks", "v1.20.1", on("2026-08-01")).state).toBe("unknown");
  });

  test("is unknown for what has no date, and without end where none is announced", () => {
    expect(supportOf(dates, "kubernetes", "v1.99.0", on("2026-01-01")).state).toBe("unknown");
    expect(supportOf(dates, "nothing", "v1.33.0", on("2026-01-01")).state).toBe("unknown");
    expect(supportOf(dates, "kubernetes", null, on("2026-01-01")).state).toBe("unknown");
    expect(supportOf(dates, "flux", "v2.9.1", on("2036-01-01"))).toMatchObject({ state: "supported", ends: null });
  });
});

describe("how far a kubelet is behind", () => {
  test.each([
    ["v1.33.1", "v1.33.0", { minorsBehind: 0, isAllowed: true }],
    ["v1.33.1", "v1.30.0", { minorsBehind: 3, isAllowed: true }],
    ["v1.33.1", "v1.29.0", { minorsBehind: 4, isAllowed: false }],
    ["v1.33.1", "v1.34.0", { minorsBehind: -1, isAllowed: false }],
    ["v1.27.1", "v1.24.0", { minorsBehind: 3, isAllowed: false }],
    [null, "v1.24.0", null],
    ["v1.33.1", undefined, null],
  ])("server %s, kubelet %s", (server, kubelet, skew) => {
    expect(kubeletSkew(server, kubelet)).toEqual(skew);
  });
});

describe("a version of PostgreSQL", () => {
  test("has the support of its major version", () => {
    expect(supportOf(dates, "postgresql", "17.5", on("2026-01-01"))).toMatchObject({ cycle: "17", ends: "2029-11-08" });
    expect(supportOf(dates, "postgresql", "17", on("2026-01-01")).cycle).toBe("17");
  });
});

describe("an operator's own data", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fernblick-support-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    vi.restoreAllMocks();
  });
  const products = (source: string) => ({
    kubernetes: { name: "Kubernetes", ...origin, source, cycles: { "1.40": { ends: "2028-01-01" } } },
  });

  test("holds over the built-in one by product, also after a change, and stays when the file breaks, which is told", () => {
    const path = join(folder, "dates.json");
    const write = (text: string, second: number) => {
      writeFileSync(path, text);
      utimesSync(path, second, second);
    };
    const told = vi.spyOn(log, "error").mockImplementation(() => undefined);
    write(JSON.stringify({ products: products("mine") }), 1000);
    const { data, problem } = currentSupport(path, 0);
    expect([data.products.kubernetes?.source, Object.keys(data.products.kubernetes?.cycles ?? {})]).toEqual([
      "mine",
      ["1.40"],
    ]);
    expect(data.products.eks?.source).toBe("endoflife.date");
    expect(problem).toBeNull();
    write(JSON.stringify({ products: products("another") }), 2000);
    expect(currentSupport(path, 61_000).data.products.kubernetes?.source).toBe("another");
    write(
      JSON.stringify({
        products: { kubernetes: { name: "Kubernetes", ...origin, cycles: { "1.40": { ends: "soon" } } } },
      }),
      3000,
    );
    const broken = currentSupport(path, 130_000);
    expect(broken.data.products.kubernetes?.source).toBe("another");
    expect(broken.problem).toEqual({
      file: "dates.json",
      at: "products › kubernetes › cycles › 1.40 › ends",
      message: "expected a day like 2027-06-28",
    });
    expect(told).toHaveBeenCalledOnce();
    // Looked at again without having changed: still wrong, and not told twice.
    expect(currentSupport(path, 200_000).problem).toEqual(broken.problem);
    expect(told).toHaveBeenCalledOnce();
    write(JSON.stringify({ products: products("mended") }), 4000);
    expect(currentSupport(path, 270_000)).toMatchObject({ problem: null });
  });

  test.each([
    ["{", /JSON/],
    [JSON.stringify({ dates: {} }), /dates/],
    [JSON.stringify({ rules: { k3s: { ...rule, nodeStepMinors: 0 } } }), />=1/],
  ])("that is %s from the start leaves the built-in one, and says why", (text, message) => {
    vi.spyOn(log, "error").mockImplementation(() => undefined);
    const path = join(folder, "wrong.json");
    writeFileSync(path, text);
    const { data, problem } = currentSupport(path, 0);
    expect(data.products.kubernetes?.cycles["1.36"]?.ends).toBe("2027-06-28");
    expect(problem?.message).toMatch(message);
  });

  test("that is not there is told in the log once", () => {
    const told = vi.spyOn(log, "error").mockImplementation(() => undefined);
    const path = join(folder, "missing.json");
    expect(currentSupport(path, 0).problem?.message).toContain("ENOENT");
    expect(currentSupport(path, 100_000).problem?.message).toContain("ENOENT");
    expect(told).toHaveBeenCalledOnce();
  });
});
