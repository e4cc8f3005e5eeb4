// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Stage, stage, TEST_NOW_MS } from "@/components/shell/testing";
import type { Outputs } from "@/server/root";
import { AttentionList } from "./attention-list";

vi.mock("@/components/access/use-may", () => ({ useMay: () => () => true }));

type Overview = Outputs["fleet"]["overview"];
type Line = Overview["attention"][number];
const SINCE = new Date(TEST_NOW_MS - 660_000);
const NONE = {
  machinesOffline: 0,
  machinesNever: 0,
  machinesOther: 0,
  clustersOffline: 0,
  clustersNever: 0,
  clustersUnwell: 0,
  agentsWaiting: 0,
};

const outage = (change: Partial<NonNullable<Line["outage"]>> = {}): Line => ({
  kind: "outage",
  severity: "critical",
  machineId: null,
  clusterId: null,
  agentId: null,
  name: "",
  siteName: null,
  figure: null,
  detail: null,
  since: SINCE,
  affected: 38,
  isSimulated: false,
  outage: {
    id: "11111111-1111-4111-8111-111111111111",
    cause: "factor",
    factors: [
      { kind: "carrier", value: "Telko-N", label: "Telko-N" },
      { kind: "region", value: "Nord", label: "Nord" },
    ],
    confidence: "strong",
    beganFrom: SINCE,
    beganTo: SINCE,
    noticedAt: SINCE,
    endedAt: null,
    machines: 38,
    clusters: 0,
    sites: 38,
    machinesDark: 38,
    clustersDark: 0,
    sitesDark: 38,
    applications: null,
    peers: {
      things: { dark: 38, answering: 3, undecided: 2 },
      sites: { dark: 38, answering: 3, undecided: 2 },
    },
    isSimulated: false,
    ...change,
  },
});

let page: Stage;
beforeEach(() => {
  page = stage();
});
afterEach(() => page.remove());

const draw = (attention: Line[], more: Partial<Overview["attentionMore"]> = {}) =>
  page.draw(
    <AttentionList
      overview={{ attention, attentionMore: { ...NONE, ...more }, quietSince: null } as unknown as Overview}
    />,
  );

test("an outage says how far it reaches, who answers and of whom nothing is known yet, and leads to its page", () => {
  draw([outage()]);
  expect(page.root.textContent).toContain("Carrier Telko-N · Region Nord");
  expect(page.root.textContent).toContain("38 of 43 sites dark; 3 answer; of 2 it is not known yet");
  expect(page.root.textContent).toContain("Hardly chance");
  expect(page.root.querySelector("a")?.getAttribute("href")).toBe("/outages/11111111-1111-4111-8111-111111111111");
});

test("without sight of all sites it says no more than how many are dark within reach", () => {
  draw([outage({ peers: null })]);
  expect(page.root.textContent).toContain("38 sites dark");
  expect(page.root.textContent).not.toContain("answer");
});

test("everything else is quiet only when nothing was cut; what was cut is counted and led to", () => {
  draw([outage()]);
  expect(page.root.textContent).toContain("Everything else is quiet.");
  draw([outage()], { machinesOffline: 212, clustersUnwell: 1 });
  expect(page.root.textContent).not.toContain("Everything else is quiet.");
  const links = [...page.root.querySelectorAll("a")].map((link) => [link.textContent, link.getAttribute("href")]);
  expect(links).toContainEqual(["212 more silent machines", "/fleet/machines?state=offline"]);
  expect(links).toContainEqual(["1 more cluster that is not well", "/clusters?health=failed&health=degraded"]);
});
