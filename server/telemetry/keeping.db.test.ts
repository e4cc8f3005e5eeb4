import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Block } from "@/contract/codec/block";
import type { Dictionary } from "@/contract/codec/layout";
import type { EntityKind } from "@/contract/metrics";
import { metricsOf } from "@/contract/metrics";
import { type Database, openDatabase, withTenant } from "@/db/client";
import { getOverview } from "@/server/fleet/overview-queries";
import { createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { seededRandom } from "@/server/testing/random";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf, createStream, receive, type TestStream } from "@/server/testing/streams";
import { auditOrganisation } from "./audit";
import { EntityBook } from "./chunk-store";
import { openHours } from "./chunks";
import { compactOrganisation } from "./compact";
import { maintainPartitions, prepareDays } from "./partitions";
import { expireOrganisation, storageCost } from "./retention";
import { aggregateHours } from "./rollups";
import { sealOrganisation } from "./seal";
import { writeSettings } from "./settings";

const DAY = 86_400;
const TODAY = Math.floor(Date.now() / 1000 / DAY);
const ENTRIES: Dictionary = [
  { kind: "machine", key: "machine" },
  { kind: "series", key: 'temperature{room="1"}' },
];

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let stream: TestStream;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 4 });
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  organisation = await createOrganisation(stage, `keeping-${count}`);
  const siteId = await createSite(stage, organisation.id, "Here", { region: "north" });
  stream = await createStream(stage, organisation.id, siteId, "here-1");
});

const dateOf = (day: number): string => new Date(day * DAY * 1000).toISOString().slice(0, 10);
const compact = () => compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
const names = async (parent: string) =>
  (
    await stage.rows<{ name: string }>(
      "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass order by 1",
      [parent],
    )
  ).map(({ name }) => name);

/** An hour of minutes on a day, from its hour `hour` on. */
function hourOf(day: number, hour: number, random = seededRandom(day)): Block {
  const moments = Array.from({ length: 60 }, (_, minute) => day * DAY + hour * 3600 + 60 * minute);
  return blockOf(ENTRIES, moments, ({ kind, metric }) =>
    kind === "series" ? random() * 30 : metric === 0 ? 60 : Math.floor(random() * 10_000),
  );
}

describe("sealing", () => {
  test("keeps every hour's number, sum, least and greatest, also of doubles, and one row a metric and day", async () => {
    const blocks = [hourOf(TODAY - 2, 3), hourOf(TODAY - 2, 4), hourOf(TODAY - 2, 23)];
    await receive(stage.database, stream, blocks);
    await compact();
    expect(await sealOrganisation(worker, organisation.id)).toEqual({ days: 1, tooLarge: 0 });
    const [row] = await stage.rows<{ entity_ids: number[]; head: Buffer; toc: Buffer; body: Buffer }>(
      "select entity_ids, head, toc, body from telemetry_hours where stream_id = $1",
      [stream.id],
    );
    if (!row) throw new Error("no hours were written");
    const entities = await stage.rows<{ id: number; kind: EntityKind; key: string }>(
      "select id, kind, key from telemetry_entities where stream_id = $1",
      [stream.id],
    );
    const layout = new EntityBook(entities).layoutOf(row.entity_ids);
    const { hours, readColumn } = openHours(layout, row);
    const expected = blocks.map(aggregateHours);
    expect(hours).toEqual(expected.flatMap((own) => own.hours));
    for (let column = 0; column < layout.columns; column += 1) {
      for (const figure of ["n", "sum", "min", "max"] as const) {
        expect([...readColumn(column)[figure]]).toEqual(expected.map((own) => own[figure][column]));
      }
    }
    const [day] = await stage.rows(
      "select n, sum, min, max from telemetry_entity_days where entity_id = $1 and metric = 5",
      [row.entity_ids[0]],
    );
    const column = layout.columnOf(0, 5);
    expect(day).toEqual({
      n: 180,
      sum: expected.reduce((sum, own) => sum + (own.sum[column] ?? 0), 0),
      min: Math.min(...expected.map((own) => own.min[column] ?? 0)),
      max: Math.max(...expected.map((own) => own.max[column] ?? 0)),
    });
  });

  test("leaves a day open until it is over and late data has had its time", async () => {
    await receive(stage.database, stream, [hourOf(TODAY - 1, 3)]);
    await compact();
    const at = (hours: number) => new Date((TODAY * DAY + hours * 3600) * 1000);
    expect(await sealOrganisation(worker, organisation.id, at(5))).toEqual({ days: 0, tooLarge: 0 });
    expect(await sealOrganisation(worker, organisation.id, at(6))).toEqual({ days: 1, tooLarge: 0 });
    expect(await sealOrganisation(worker, organisation.id, at(7))).toEqual({ days: 0, tooLarge: 0 });
  });

  test("a day with too many values for one chunk stays in hours, and gets its long-term history all the same", async () => {
    const many: Dictionary = Array.from({ length: 160 }, (_, index) => ({ kind: "sensor", key: `sensor ${index}` }));
    const moments = (hour: number) => Array.from({ length: 1800 }, (_, at) => (TODAY - 2) * DAY + hour * 3600 + 2 * at);
    const blocks = [4, 5, 6].map((hour) => blockOf(many, moments(hour), ({ moment }) => moment % 100));
    for (const block of blocks) await receive(stage.database, stream, [block]);
    await compact();
    expect(await sealOrganisation(worker, organisation.id)).toEqual({ days: 0, tooLarge: 1 });
    const parts = await stage.rows("select part from telemetry_chunks where org_id = $1 order by part", [
      organisation.id,
    ]);
    expect(parts).toEqual([{ part: 4 }, { part: 5 }, { part: 6 }]);
    const rows = await stage.rows("select day from telemetry_hours where org_id = $1", [organisation.id]);
    expect(rows).toHaveLength(1);
    expect(await sealOrganisation(worker, organisation.id)).toEqual({ days: 0, tooLarge: 0 });
  });
});

describe("partitions", () => {
  test("are there for the next day whatever happens to the worker, and made for late days when they are needed", async () => {
    const ahead = (await names("telemetry_inbox")).at(-1) ?? "";
    const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().replaceAll(/[-T]/g, "").slice(0, 10);
    expect(ahead >= `telemetry_inbox_${tomorrow}`).toBe(true);
    await receive(stage.database, stream, [hourOf(TODAY - 20, 1)]);
    expect(await compact()).toMatchObject({ frames: 1, failed: 0 });
    expect(await names("telemetry_chunks")).toContain(`telemetry_chunks_${dateOf(TODAY - 20).replaceAll("-", "")}`);
  });

  test("of the inbox are dropped when they are old and empty, and never while a frame waits in them", async () => {
    const hours = [5, 4, 3].map((ago) => new Date(Date.now() - ago * 3_600_000).toISOString().slice(0, 13));
    for (const hour of hours) {
      await stage.admin.query(`select attach_telemetry_partition('telemetry_inbox', $1, $2, $3, 'fillfactor = 100')`, [
        `telemetry_inbox_${hour.replaceAll(/[-T]/g, "")}`,
        `${hour}:00:00+00`,
        `${new Date(Date.parse(`${hour}:00:00Z`) + 3_600_000).toISOString().slice(0, 13)}:00:00+00`,
      ]);
    }
    await receive(stage.database, stream, [hourOf(TODAY - 1, 3)]);
    await stage.admin.query("update telemetry_inbox set arrived = $2 where org_id = $1", [
      organisation.id,
      `${hours[1]}:30:00Z`,
    ]);
    const nameOf = (hour: string | undefined) => `telemetry_inbox_${hour?.replaceAll(/[-T]/g, "")}`;
    expect(await maintainPartitions(worker)).toMatchObject({ inboxDropped: 2 });
    const left = await names("telemetry_inbox");
    expect(hours.map((hour) => left.includes(nameOf(hour)))).toEqual([false, true, false]);
    expect(await compact()).toMatchObject({ frames: 1 });
    expect(await maintainPartitions(worker)).toMatchObject({ inboxDropped: 1 });
  });

  test("keep no room for the hours of a day that is sealed", async () => {
    const day = TODAY - 5;
    await receive(
      stage.database,
      stream,
      Array.from({ length: 12 }, (_, hour) => hourOf(day, hour)),
    );
    await compact();
    const bytes = async (part: string) => {
      await stage.admin.query("vacuum telemetry_chunks");
      const table = `telemetry_chunks_${dateOf(day).replaceAll("-", "")}_${part}`;
      const [row] = await stage.rows<{ bytes: number }>(
        `select (pg_relation_size(c.oid) + pg_relation_size(c.reltoastrelid))::int as bytes
         from pg_class c where c.oid = $1::regclass`,
        [table],
      );
      return row?.bytes ?? -1;
    };
    expect([await bytes("hours"), await bytes("sealed")]).toEqual([expect.any(Number), 0]);
    expect(await bytes("hours")).toBeGreaterThan(0);
    await sealOrganisation(worker, organisation.id);
    expect(await bytes("hours")).toBe(0);
    expect(await bytes("sealed")).toBeGreaterThan(0);
  });

  test("of history are dropped when no organisation keeps them", async () => {
    await withTenant(stage.database, { orgId: organisation.id }, (tx) =>
      writeSettings(tx, organisation.id, { rawDays: 50 }),
    );
    await prepareDays(worker, [TODAY - 51, TODAY - 50]);
    await maintainPartitions(worker);
    const left = await names("telemetry_chunks");
    const nameOf = (day: number) => `telemetry_chunks_${dateOf(day).replaceAll("-", "")}`;
    expect([left.includes(nameOf(TODAY - 51)), left.includes(nameOf(TODAY - 50))]).toEqual([false, true]);
  });
});

describe("retention", () => {
  test("of one organisation deletes what it keeps no more, never of another, and never a day that is not sealed", async () => {
    const other = await createOrganisation(stage, `keeping-other-${count}`);
    const siteId = await createSite(stage, other.id, "There");
    const theirs = await createStream(stage, other.id, siteId, "there-1");
    for (const own of [stream, theirs]) {
      await receive(stage.database, own, [hourOf(TODAY - 10, 1), hourOf(TODAY - 9, 1), hourOf(TODAY - 2, 1)]);
    }
    await compactOrganisation(worker, other.id, { dueSeconds: 0 });
    await compact();
    await sealOrganisation(worker, organisation.id);
    await sealOrganisation(worker, other.id);
    await receive(stage.database, stream, [hourOf(TODAY - 9, 2)]);
    await compact();
    await withTenant(stage.database, { orgId: organisation.id }, (tx) =>
      writeSettings(tx, organisation.id, { rawDays: 5 }),
    );
    expect(await expireOrganisation(worker, organisation.id)).toMatchObject({ chunks: 1 });
    const days = (orgId: string) =>
      stage
        .rows<{ day: string }>("select distinct day::text from telemetry_chunks where org_id = $1 order by 1", [orgId])
        .then((rows) => rows.map(({ day }) => day));
    expect(await days(organisation.id)).toEqual([dateOf(TODAY - 9), dateOf(TODAY - 2)]);
    expect(await days(other.id)).toEqual([dateOf(TODAY - 10), dateOf(TODAY - 9), dateOf(TODAY - 2)]);
    const hours = await stage.rows("select day from telemetry_hours where org_id = $1", [organisation.id]);
    expect(hours).toHaveLength(2);
  });

  test("cannot be set beyond the limits", async () => {
    for (const change of [{ rawDays: 1 }, { rawDays: 401 }, { hourDays: 29 }, { fiveMinuteDays: 801 }]) {
      const written = withTenant(stage.database, { orgId: organisation.id }, (tx) =>
        writeSettings(tx, organisation.id, change),
      );
      await expect(written).rejects.toThrow();
    }
  });

  test("costs are told by table, with the share of one's own and what a reading costs", async () => {
    await receive(stage.database, stream, [hourOf(TODAY - 2, 1), hourOf(TODAY - 2, 2)]);
    await compact();
    const cost = await withTenant(stage.database, { orgId: organisation.id }, (tx) => storageCost(tx, organisation.id));
    expect(cost.samples).toBe(120 * (metricsOf("machine").length + 1));
    expect(cost.oldestDay).toBe(dateOf(TODAY - 2));
    expect(cost.bytesPerSample).toBeGreaterThan(0.5);
    const span = { oldestDay: dateOf(TODAY - 2), days: 1, bytes: expect.any(Number) };
    // Hours are made when the day is sealed.
    expect(cost.kinds).toMatchObject({ raw: span, fiveMinutes: span, hours: { oldestDay: null, days: 0 } });
    const chunks = cost.tables.find(({ name }) => name === "telemetry_chunks");
    expect(chunks?.bytes).toBeGreaterThanOrEqual(chunks?.ownBytes ?? Number.NaN);
    expect(chunks?.ownBytes).toBeGreaterThan(0);
  });
});

describe("the nightly audit", () => {
  test("finds no difference where there is none, and the one that was planted", async () => {
    await receive(stage.database, stream, [hourOf(TODAY - 2, 1), hourOf(TODAY - 1, 2)]);
    await compact();
    await sealOrganisation(worker, organisation.id);
    for (const random of [0, 0.3, 0.6, 0.99]) {
      const done = await auditOrganisation(worker, organisation.id, () => random);
      expect(done.different).toBe(0);
    }
    await stage.admin.query("update telemetry_group_5m set sum = sum + 1 where org_id = $1 and metric = 3", [
      organisation.id,
    ]);
    const done = await auditOrganisation(worker, organisation.id, () => 0.99);
    expect(done).toEqual({ checked: 12 * metricsOf("machine").length, different: 12 });
    const [last] = await stage.rows<{ different: number; detail: Record<string, unknown>[] }>(
      "select different, detail from telemetry_audits where org_id = $1 order by id desc limit 1",
      [organisation.id],
    );
    expect(last?.different).toBe(12);
    expect(last?.detail[0]).toMatchObject({ kind: "machine", metric: 3 });
    const overview = await getOverview(await signIn(stage, organisation.people.owner));
    expect(overview.attention).toContainEqual(
      expect.objectContaining({ kind: "sums", severity: "critical", figure: 12 }),
    );
  });

  test("has nothing to check where nothing is stored", async () => {
    expect(await auditOrganisation(worker, organisation.id)).toEqual({ checked: 0, different: 0 });
  });
});
