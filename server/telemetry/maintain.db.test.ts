import { parseCrontab } from "graphile-worker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "@/db/client";
import { createOrganisation, createSite, type Organisation } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { CRONTAB, tasksFor } from "@/server/worker/tasks";
import { maintainTelemetry } from "./maintain";

let stage: Stage;
let worker: Database;
let organisations: Organisation[];
const agentIds: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  organisations = [await createOrganisation(stage, "north"), await createOrganisation(stage, "south")];
  for (const { id } of organisations) {
    const siteId = await createSite(stage, id, "Harbour");
    const [token] = await stage.rows<{ id: string }>(
      `insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
       values ($1, $2, 't', decode(md5($3), 'hex'), 1, now()) returning id`,
      [id, siteId, id],
    );
    const [agent] = await stage.rows<{ id: string }>(
      `insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds)
       values ($1, $2, $3, decode(md5($4) || md5($4), 'hex'), 'active', 'h', 'p', '1', 60) returning id`,
      [id, siteId, token?.id, id],
    );
    agentIds.push(agent?.id ?? "");
  }
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});

const partitions = async () =>
  (
    await stage.rows<{ name: string }>(
      "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'telemetry_samples'::regclass order by 1",
    )
  ).map((row) => row.name);
const dayName = (days: number) =>
  `telemetry_samples_${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "")}`;

test("partitions are there from 35 days ago to 14 days ahead", async () => {
  await maintainTelemetry(worker);
  const names = await partitions();
  expect([names.at(0), names.at(-1), names.length]).toEqual([dayName(-35), dayName(14), 50]);
});

test("a missing partition is made, one that is past keeping is dropped, and a second run does nothing", async () => {
  await stage.admin.query(`drop table ${dayName(14)}`);
  await stage.admin.query(
    `create table ${dayName(-40)} partition of telemetry_samples for values from (now()::date - 40) to (now()::date - 39)`,
  );
  expect(await maintainTelemetry(worker)).toMatchObject({ created: 1, dropped: 1 });
  expect(await maintainTelemetry(worker)).toMatchObject({ created: 0, dropped: 0 });
  expect((await partitions()).length).toBe(50);
});

test("keys of batches are forgotten after 36 days and no earlier, in every organisation", async () => {
  for (const [index, { id }] of organisations.entries()) {
    for (const [sequence, age] of ["37 days", "36 days 1 minute", "35 days 23 hours", "1 day"].entries()) {
      const values = [id, agentIds[index], sequence + 1, age];
      await stage.admin.query(
        "insert into telemetry_batches (org_id, agent_id, epoch, sequence, received_at) values ($1, $2, 1, $3, now() - $4::interval)",
        values,
      );
      await stage.admin.query(
        `insert into telemetry_misdated (org_id, agent_id, epoch, sequence, observed_at, received_at, entities)
         values ($1, $2, 1, $3, '2001-01-01', now() - $4::interval, '[]')`,
        values,
      );
    }
  }
  expect((await maintainTelemetry(worker)).batches).toBe(4);
  for (const table of ["telemetry_batches", "telemetry_misdated"]) {
    const left = await stage.rows(`select sequence::int, count(*)::int as n from ${table} group by 1 order by 1`);
    expect(left).toEqual([
      { sequence: 3, n: 2 },
      { sequence: 4, n: 2 },
    ]);
  }
});

test("two runs at once do the work once", async () => {
  await stage.admin.query(`drop table ${dayName(13)}`);
  const results = await Promise.all([maintainTelemetry(worker), maintainTelemetry(worker)]);
  expect(results.map((result) => result.created).sort()).toEqual([0, 1]);
});

test("the role of console and gateway may neither maintain nor list organisations", async () => {
  await expect(maintainTelemetry(stage.database)).rejects.toThrow("permission denied");
  await expect(stage.database.pool.query("select list_organisation_ids()")).rejects.toThrow("permission denied");
  await expect(stage.database.pool.query("delete from telemetry_batches")).rejects.toThrow("permission denied");
});

test("the timetable can be read and names only tasks that exist", () => {
  const items = parseCrontab(CRONTAB);
  expect(items.map((item) => item.task)).toEqual(Object.keys(tasksFor(worker)));
});
