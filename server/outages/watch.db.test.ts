import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PutAgent, type PutSite, putSites } from "@/db/testing/outage-fleet";
import { createOrganisation, type Organisation } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { watchOutages } from "./watch";

let stage: Stage;
let org: Organisation;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  org = await createOrganisation(stage, `org-${count}`);
  await stage.admin.query("delete from gateway_runs");
});

const sites = (number: number, name: string, site: Omit<PutSite, "name">): PutSite[] =>
  Array.from({ length: number }, (_, at) => ({ name: `${name}-${at}`, ...site }));
const north = (number: number, heardSecondsAgo: number) =>
  sites(number, "nord", { region: "Nord", carrier: "Telko-N", heardSecondsAgo });
const south = (number: number, heardSecondsAgo = 2) =>
  sites(number, "sued", { region: "Süd", carrier: "Kabel-Süd", heardSecondsAgo });

const watch = () => watchOutages(stage.database, org.id);
const stored = () =>
  stage.rows<{
    id: string;
    cause: string;
    factors: { kind: string; value: string }[];
    is_open: boolean;
    dark: number;
    members: number;
  }>(
    `select o.id, o.cause, o.factors, o.ended_at is null as is_open, count(m.agent_id)::int as members,
       (count(*) filter (where m.agent_id is not null and m.outcome is null))::int as dark
     from outages o left join outage_members m on m.outage_id = o.id where o.org_id = $1 and o.merged_into is null
     group by o.org_id, o.id order by o.began_from`,
    [org.id],
  );
const hear = (agents: readonly PutAgent[], secondsAgo = 0) =>
  stage.admin.query(
    "update agents set last_received_at = now() - make_interval(secs => $2) where id = any ($1::uuid[])",
    [agents.map(({ agentId }) => agentId), secondsAgo],
  );

describe("an outage", () => {
  test("begins once, keeps its address while members return, and ends with the last of them", async () => {
    const dark = await putSites(stage.admin, org.id, north(20, 300));
    const lit = await putSites(stage.admin, org.id, south(30));
    expect(await watch()).toMatchObject({ begun: 1, dark: 20, ended: 0 });
    const [begun, ...others] = await stored();
    expect(others).toEqual([]);
    expect(begun).toMatchObject({ cause: "factor", is_open: true, dark: 20 });
    expect(begun?.factors).toEqual([{ kind: "carrier", value: "Telko-N" }]);

    await hear(lit);
    expect(await watch()).toMatchObject({ begun: 0, ended: 0 });
    await hear([...lit, ...dark.slice(0, 15)]);
    await watch();
    expect(await stored()).toMatchObject([{ id: begun?.id, is_open: true, dark: 5, members: 20 }]);
    await hear([...lit, ...dark]);
    expect(await watch()).toMatchObject({ begun: 0, ended: 1 });
    expect(await stored()).toMatchObject([{ id: begun?.id, is_open: false, dark: 0, members: 20 }]);
  });

  test("grows: what turns dark later for the same cause joins it", async () => {
    await putSites(stage.admin, org.id, [...north(10, 120), ...south(40)]);
    await watch();
    const [begun] = await stored();
    await putSites(stage.admin, org.id, sites(6, "late", { region: "Nord", carrier: "Telko-N", heardSecondsAgo: 45 }));
    await watch();
    expect(await stored()).toMatchObject([{ id: begun?.id, dark: 16 }]);
  });

  test("goes on when its members fall silent again within the hour", async () => {
    const dark = await putSites(stage.admin, org.id, [...north(10, 900)]);
    await putSites(stage.admin, org.id, south(40));
    await watch();
    const [begun] = await stored();
    await hear(dark);
    await watch();
    expect(await stored()).toMatchObject([{ id: begun?.id, is_open: false }]);
    await hear(dark, 60);
    await stage.admin.query("update outage_members set dark_from = dark_from - interval '1 hour' where org_id = $1", [
      org.id,
    ]);
    await watch();
    expect(await stored()).toMatchObject([{ id: begun?.id, is_open: true, dark: 10 }]);
    await watch();
    expect(await stored()).toMatchObject([{ id: begun?.id, is_open: true, dark: 10 }]);
  });

  test("loses who is revoked, and is forgotten thirty days after its end", async () => {
    const dark = await putSites(stage.admin, org.id, [...north(6, 300), ...south(40)]);
    await watch();
    await stage.admin.query("update agents set status = 'revoked' where id = any ($1::uuid[])", [
      dark.slice(0, 6).map(({ agentId }) => agentId),
    ]);
    await watch();
    expect(await stored()).toMatchObject([{ is_open: false, dark: 0 }]);
    await stage.admin.query("update outages set ended_at = now() - interval '31 days' where org_id = $1", [org.id]);
    await putSites(stage.admin, org.id, sites(1, "one", { heardSecondsAgo: 500 }));
    await watch();
    expect(await stored()).toEqual([]);
  });
});

describe("no outage", () => {
  test("one silent machine stays a line of its own", async () => {
    await putSites(stage.admin, org.id, [...north(1, 300), ...south(30)]);
    expect(await watch()).toMatchObject({ begun: 0, dark: 1 });
    expect(await stored()).toEqual([]);
  });

  const run = (startedSecondsAgo: number, heardSecondsAgo: number) =>
    stage.admin.query(
      `insert into gateway_runs (id, started_at, heard_at)
       values (gen_random_uuid(), now() - make_interval(secs => $1), now() - make_interval(secs => $2))`,
      [startedSecondsAgo, heardSecondsAgo],
    );

  test("a restart of the gateway makes none while agents return; who is still silent later makes one", async () => {
    await run(5000, 90);
    await run(30, 1);
    await putSites(stage.admin, org.id, [...north(20, 91), ...south(30)]);
    expect(await watch()).toMatchObject({ begun: 0, dark: 20 });
    await stage.admin.query("delete from gateway_runs");
    await run(5000, 200);
    await run(150, 1);
    expect(await watch()).toMatchObject({ begun: 1 });
  });

  test("an outage that began well before the restart is not held back by it", async () => {
    await run(5000, 60);
    await run(20, 1);
    await putSites(stage.admin, org.id, [...north(20, 400), ...south(30)]);
    expect(await watch()).toMatchObject({ begun: 1 });
  });

  test("a gateway that stays away is one, and it points at this side", async () => {
    await run(5000, 100);
    await putSites(stage.admin, org.id, [...north(20, 100), ...south(30, 100)]);
    expect(await watch()).toMatchObject({ begun: 0 });
    await stage.admin.query("update gateway_runs set heard_at = heard_at - interval '1 minute'");
    await watch();
    expect(await stored()).toMatchObject([{ cause: "everything", dark: 50 }]);
  });
});

test("two at once: one does the work, the other leaves", async () => {
  await putSites(stage.admin, org.id, [...north(20, 300), ...south(30)]);
  const [first, second] = await Promise.all([watch(), watch()]);
  expect([first, second].filter(({ isBusy }) => isBusy).length).toBeLessThanOrEqual(1);
  expect(await stored()).toHaveLength(1);
});
