import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isDark } from "@/agent/simulated/fate";
import { planFleet } from "@/agent/simulated/fleet-plan";
import type { Caller } from "@/server/access/caller";
import { getCluster, listClusters } from "@/server/clusters/queries";
import { listMachines } from "@/server/fleet/machine-queries";
import { ListInput } from "@/server/lists/shapes";
import { type Gateway, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { type Demo, startDemo } from "./run-demo";

const SITES = 17;
const SEED = 1;
/** A whole fleet, on a machine that has other things to do. */
const SLOW_MS = 240_000;

let stage: Stage;
let gateway: Gateway;
let owner: Caller;
let organisationId: string;
let folder: string;
/** Four minutes before an outage; always the same day, so that always the same happens. */
let now = Date.parse("2026-11-20T12:00:00Z") / 1000 - 240;
const plan = planFleet({ seed: SEED, sites: SITES });
const failures: string[] = [];

const start = (): Promise<Demo> =>
  startDemo({
    ...{ database: stage.database, organisationId, gatewayUrl: gateway.url, folder, seed: SEED, sites: SITES },
    ...{ historyDays: 0, now: () => now, log: (line) => failures.push(line) },
  });
const clusters = () => listClusters(owner, ListInput.parse({ limit: 200 }));

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "demo");
  organisationId = organisation.id;
  owner = await signIn(stage, organisation.people.owner);
  gateway = await startGateway(stage.database);
  folder = await mkdtemp(join(tmpdir(), "fernblick-demo-"));
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
  await rm(folder, { recursive: true });
});

test(
  "a fleet of twenty clusters comes in through the gateway, is recognised, and a carrier is out",
  async () => {
    const demo = await start();
    await demo.enrolled;
    await demo.driver.settled();
    expect(failures).toEqual([]);
    await gateway.writeStates();

    const before = await clusters();
    expect(before.total).toBe(20);
    const dark = (at: number) => plan.agents.filter((agent) => isDark(plan, agent, at));
    expect(new Set(before.rows.flatMap(({ distribution }) => distribution ?? []))).toEqual(
      new Set(["rke2", "talos", "upstream", "eks", "gke", "lke", "k3s", "microk8s"]),
    );
    expect(before.rows.find(({ name }) => name.includes("-robin-"))).toMatchObject({
      distribution: "upstream",
      isSimulated: true,
    });

    // The clock goes on into the outage; who is heard then is heard, who is not is dark for as long as the clock went.
    await stage.admin.query("update agents set last_received_at = last_received_at - interval '1 hour'");
    now += 240 + 20 * 60;
    demo.driver.advance(now);
    await demo.driver.settled();
    expect(failures).toEqual([]);
    await gateway.writeStates();
    const silent = dark(now).flatMap(({ kind, name }) => (kind === "cluster" ? name : []));
    expect(silent.length).toBeGreaterThan(0);
    const during = await clusters();
    const unheard = during.rows.filter(({ connectivity }) => connectivity !== "online");
    expect(unheard.map(({ name }) => name).sort()).toEqual(silent.sort());
    // Unknown where dark: they are not among those whose state is of now.
    expect(during).toMatchObject({ total: 20, known: 20 - silent.length, simulated: 20 });

    const detail = await getCluster(owner, during.rows.find(({ name }) => name.includes("-talos-"))?.id ?? "");
    expect(detail).toMatchObject({ isSimulated: true, distribution: "talos", counts: { node: expect.any(Number) } });
    await demo.save();
    demo.driver.close();
  },
  SLOW_MS,
);

test(
  "a restart finds its fleet again: nothing is made twice, and what a person revoked stays out",
  async () => {
    const count = async () =>
      (
        await stage.rows(
          "select (select count(*)::int from sites) as sites, (select count(*)::int from agents) as agents, (select count(*)::int from clusters) as clusters, (select count(*)::int from machines) as machines",
        )
      )[0];
    const before = await count();
    await stage.admin.query("update agents set status = 'revoked' where hostname like '%-eks-%'");
    now += 120;
    const demo = await start();
    await demo.enrolled;
    await demo.driver.settled();
    expect(failures).toEqual([]);
    expect(await count()).toEqual(before);
    expect(demo.driver.agents.some(({ plan: { name } }) => name.includes("-eks-"))).toBe(false);
    demo.driver.close();
  },
  SLOW_MS,
);

test("every cluster and machine of it is marked as simulated, and totals say how many are", async () => {
  const real = await createSite(stage, organisationId, "A real place");
  expect(real).not.toBe("");
  const machines = await listMachines(owner, ListInput.parse({ limit: 200 }));
  expect(machines.total).toBeGreaterThan(0);
  expect(machines.simulated).toBe(machines.total);
  expect(machines.rows.every(({ isSimulated }) => isSimulated)).toBe(true);
  expect((await clusters()).rows.every(({ isSimulated }) => isSimulated)).toBe(true);
});
