import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { putSites } from "@/db/testing/outage-fleet";
import type { Caller } from "@/server/access/caller";
import { getOverview } from "@/server/fleet/overview-queries";
import { createMember, createOrganisation, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { countOutages, getOutage, listOutageMembers, listOutages } from "./queries";
import { watchOutages } from "./watch";

let stage: Stage;
let org: Organisation;
let owner: Caller;
/** Sees three of the dark sites and two that answer. */
let limited: Caller;
/** Sees sites that have nothing to do with it. */
let elsewhere: Caller;
let outageId = "";

const sitesOf = (count: number, name: string, team: string, region: string, carrier: string, heardSecondsAgo: number) =>
  Array.from({ length: count }, (_, at) => ({
    name: `${name}-${at}`,
    labels: { team },
    region,
    carrier,
    heardSecondsAgo,
  }));

beforeAll(async () => {
  stage = await openStage();
  org = await createOrganisation(stage, "nordwind");
  const member = (email: string, scopeSelector: string) =>
    createMember(stage, org.id, { email, role: "operator", scopeSelector });
  await putSites(stage.admin, org.id, [
    ...sitesOf(3, "blue-dark", "blue", "Nord", "Telko-N", 400),
    ...sitesOf(9, "red-dark", "red", "Nord", "Telko-N", 400),
    ...sitesOf(1, "red-lit", "red", "Nord", "Telko-N", -1000),
    ...sitesOf(2, "blue-lit", "blue", "Süd", "Telko-N", -1000),
    ...sitesOf(20, "green-lit", "green", "Süd", "Kabel-Süd", -1000),
    ...sitesOf(20, "green-north", "green", "Nord", "Kabel-Süd", -1000),
    ...sitesOf(20, "green-south", "green", "Süd", "Telko-N", -1000),
  ]);
  await watchOutages(stage.database, org.id);
  owner = await signIn(stage, org.people.owner);
  limited = await signIn(stage, await member("blue@nordwind.test", "team=blue"));
  elsewhere = await signIn(stage, await member("green@nordwind.test", "team=green"));
  outageId = (await listOutages(owner)).rows[0]?.id ?? "";
});
afterAll(async () => {
  await stage.close();
});

describe("who sees all sites", () => {
  test("sees the outage with its cause, its peers and its evidence", async () => {
    expect(await listOutages(owner)).toMatchObject({
      total: 1,
      rows: [
        {
          cause: "factor",
          factors: [{ label: "Telko-N" }, { label: "Nord" }],
          machinesDark: 12,
          sitesDark: 12,
          peers: { sites: { dark: 12, answering: 1, undecided: 0 } },
        },
      ],
    });
    const detail = await getOutage(owner, outageId);
    expect(detail.evidence?.[0]).toMatchObject({ dark: 12, answering: 1, recall: 1 });
    expect(detail.contacts).toMatchObject([{ contact: "night watch, 555 0100", sites: 12 }]);
    expect(detail.onset.reduce((sum, { members }) => sum + members, 0)).toBe(12);
    expect(detail.facts.find(({ kind }) => kind === "carrier")).toMatchObject({ values: 1, mostCount: 12 });
  });

  test("gets one line in the overview instead of twelve", async () => {
    const { attention, attentionMore } = await getOverview(owner);
    expect(attention.map(({ kind, affected }) => [kind, affected])).toEqual([["outage", 12]]);
    expect(Object.values(attentionMore).every((count) => count === 0)).toBe(true);
  });
});

describe("who sees some of the sites", () => {
  test("sees those of its members, and no count betrays the others", async () => {
    const [row, ...others] = (await listOutages(limited)).rows;
    expect(others).toEqual([]);
    expect(row).toMatchObject({ machines: 3, machinesDark: 3, sites: 3, sitesDark: 3, peers: null });
    const detail = await getOutage(limited, outageId);
    expect(detail).toMatchObject({ machines: 3, evidence: null, contacts: [{ sites: 3 }] });
    expect(detail.onset.reduce((sum, { members }) => sum + members, 0)).toBe(3);
    const members = await listOutageMembers(limited, { outageId, isDarkOnly: false, cursor: 0, limit: 100 });
    expect(members.total).toBe(3);
    expect((await getOverview(limited)).attention).toMatchObject([{ kind: "outage", affected: 3 }]);
    expect(JSON.stringify([row, detail, members])).not.toContain("red");
    // What is dark all over is twelve, and one answers.
    expect(JSON.stringify([row, detail, members])).not.toMatch(/:(12|13)[,}]/);
  });

  test("does not learn of one of which it sees nothing", async () => {
    expect(await listOutages(elsewhere)).toEqual({ rows: [], total: 0 });
    expect(await countOutages(elsewhere)).toBe(0);
    expect((await getOverview(elsewhere)).attention).toEqual([]);
    await expect(getOutage(elsewhere, outageId)).rejects.toMatchObject({ code: "not_found" });
    const input = { outageId, isDarkOnly: false, cursor: 0, limit: 100 };
    await expect(listOutageMembers(elsewhere, input)).rejects.toMatchObject({ code: "not_found" });
  });
});

test("when what is within reach is back, it is over for who sees only that, and goes on for the others", async () => {
  await stage.admin.query(
    "update agents a set last_received_at = now() from sites s where s.id = a.site_id and s.labels ->> 'team' = 'blue'",
  );
  await watchOutages(stage.database, org.id);
  expect((await listOutages(limited)).rows).toMatchObject([{ machinesDark: 0, endedAt: expect.any(Date) }]);
  expect(await countOutages(limited)).toBe(0);
  expect((await listOutages(owner)).rows).toMatchObject([{ machinesDark: 9, endedAt: null }]);
  const dark = await listOutageMembers(owner, { outageId, isDarkOnly: true, cursor: 0, limit: 100 });
  expect(dark.total).toBe(9);
});

test("more lines than are listed are counted, by where they are listed", async () => {
  const many = await createOrganisation(stage, "many");
  const singles = Array.from({ length: 130 }, (_, at) => ({
    name: `single-${at}`,
    heardSecondsAgo: 600 + at * 4000,
  }));
  await putSites(stage.admin, many.id, singles);
  const { attention, attentionMore } = await getOverview(await signIn(stage, many.people.owner));
  expect(attention).toHaveLength(100);
  expect(attentionMore).toMatchObject({ machinesOffline: 30, machinesOther: 0 });
});

test("the same change at many places within a day is one line", async () => {
  const changed = await createOrganisation(stage, "changed");
  const put = await putSites(stage.admin, changed.id, sitesOf(5, "site", "x", "Nord", "Telko-N", 1));
  for (const [at, { siteId, machineId }] of put.entries()) {
    await stage.admin.query(
      `insert into fleet_changes (org_id, machine_id, kind, before, after, received_at) values
       ($1, $2, 'kernelVersion', '6.1', $3, now() - make_interval(mins => 5)), ($1, $2, 'reboot', null, $4, now())`,
      [changed.id, machineId, at < 4 ? "6.2" : "6.3", `2026-01-0${at + 1}`],
    );
    const [cluster] = await stage.rows<{ id: string }>(
      "insert into clusters (org_id, site_id, uid, name) values ($1, $2, $3, $3) returning id",
      [changed.id, siteId, `cluster-${at}`],
    );
    await stage.admin.query(
      `insert into cluster_changes (org_id, cluster_id, kind, before, after, received_at)
       values ($1, $2, 'version', '1.30.2', '1.30.4', now() - make_interval(mins => 10)),
         ($1, $2, 'version', '1.29.0', '1.30.2', now() - interval '25 hours')`,
      [changed.id, cluster?.id],
    );
  }
  const { changes } = await getOverview(await signIn(stage, changed.people.owner));
  expect(changes.map(({ of, kind, places, before, after }) => [of, kind, places, before, after])).toEqual([
    ["machine", "reboot", 5, null, null],
    ["machine", "kernelVersion", 1, "6.1", "6.3"],
    ["machine", "kernelVersion", 4, "6.1", "6.2"],
    ["cluster", "version", 5, "1.30.2", "1.30.4"],
  ]);
});
