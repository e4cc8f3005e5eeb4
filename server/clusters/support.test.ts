import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { log } from "@/server/log";
import { currentSupportDates } from "./support";
import { clusterSupport, cycleOf, kubeletSkew, supportOf } from "./support-model";

const dates = {
  source: "a test",
  sourceUrl: "https://example.org",
  asOf: "2026-01-01",
  products: {
    kubernetes: { "1.33": { ends: "2026-06-28" } },
    eks: { "1.33": { ends: "2026-07-29", extendedEnds: "2027-07-29" } },
    flux: { "2.9": { ends: null } },
  },
};
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
    ["2025-11-01", "supported"],
    ["2026-01-01", "ending"],
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

describe("an operator's own dates", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fernblick-support-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    vi.restoreAllMocks();
  });

  test("hold instead of the built-in ones, also after a change, and stay when the file breaks", () => {
    const path = join(folder, "dates.json");
    const write = (text: string, second: number) => {
      writeFileSync(path, text);
      utimesSync(path, second, second);
    };
    const told = vi.spyOn(log, "error").mockImplementation(() => undefined);
    write(JSON.stringify(dates), 1000);
    expect(currentSupportDates(path, 0).source).toBe("a test");
    write(JSON.stringify({ ...dates, source: "another" }), 2000);
    expect(currentSupportDates(path, 61_000).source).toBe("another");
    write("{", 3000);
    expect(currentSupportDates(path, 130_000).source).toBe("another");
    expect(told).toHaveBeenCalledOnce();
  });

  test("that cannot be read from the start leave the built-in ones, and are told in the log", () => {
    const told = vi.spyOn(log, "error").mockImplementation(() => undefined);
    expect(currentSupportDates(join(folder, "missing.json"), 0).products.kubernetes?.["1.36"]?.ends).toBe("2027-06-28");
    expect(told).toHaveBeenCalledOnce();
  });
});
