import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { absenceOf, type Block, PRESENT } from "@/contract/codec/block";
import { inLayout } from "@/contract/codec/in-layout";
import { createLayout, type Dictionary, type Layout } from "@/contract/codec/layout";
import { lettersOf, otherVersion } from "@/contract/codec/testing/other-version";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import { type Database, openDatabase, withTenant } from "@/db/client";
import { createOrganisation, createSite, type Organisation } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf, createStream, receive, type TestStream } from "@/server/testing/streams";
import { auditOrganisation } from "./audit";
import { EntityBook, loadHours } from "./chunk-store";
import { openHours, type PackedChunk, packChunk, packHours, unpackChunk } from "./chunks";
import { compactOrganisation } from "./compact";
import { aggregateHours, differenceOf, fiveMinuteLayout, sumFiveMinutes } from "./rollups";
import { sealOrganisation } from "./seal";
import { readBlocks, type StoredEntity } from "./series-store";
import { visitStreamSums } from "./stream-sums";

const DAY = 86_400;
const HOUR = 3600;
/** A day that is over, so that it can be sealed. */
const START = (Math.floor(Date.now() / 1000 / DAY) - 2) * DAY + 5 * HOUR;
/** The machine is not the first: where its columns are follows from how many metrics a filesystem has. */
const ENTRIES: Dictionary = [
  { kind: "filesystem", key: "/" },
  { kind: "machine", key: "machine" },
  { kind: "filesystem", key: "/var" },
];
const OLDER = absenceOf("older_version");
const LAST = { machine: metricsOf("machine").length - 1, filesystem: metricsOf("filesystem").length - 1 };
const versionWith = (more: number) =>
  otherVersion({ machine: lettersOf("machine", more), filesystem: lettersOf("filesystem", more) });

let stage: Stage;
let worker: Database;
let organisation: Organisation;
let stream: TestStream;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
});
afterAll(async () => {
  await worker.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  organisation = await createOrganisation(stage, `versions-${count}`);
  stream = await createStream(stage, organisation.id, await createSite(stage, organisation.id, "Here"), "here-1");
});

const compact = () => compactOrganisation(worker, organisation.id, { dueSeconds: 0 });
const minutes = (from: number, length: number, more = 0): Block =>
  blockOf(
    ENTRIES,
    Array.from({ length }, (_, minute) => from + 60 * minute),
    ({ metric, key, moment }) => (metric === 0 ? 60 : ((moment + 17 * metric) % 1009) + key.length),
    versionWith(more),
  );

type Row = PackedChunk & { id: string; entity_ids: number[] };

async function bookOf(): Promise<EntityBook> {
  return new EntityBook(
    await stage.rows<{ id: number; kind: string; key: string }>(
      "select id, kind, key from telemetry_entities where stream_id = $1",
      [stream.id],
    ),
  );
}

/** The same layout in another version; what only that one has is in its columns too. */
function asVersion(block: Block, more: number): Block {
  const written = inLayout(block, createLayout(block.layout.entries, versionWith(more)));
  const { layout, moments, absence, values } = written;
  for (let column = 0; column < layout.columns; column += 1) {
    const slot = layout.slots[column] ?? 0;
    if ((layout.metricIndexes[column] ?? 0) < (block.layout.widths[slot] ?? 0)) continue;
    moments.forEach((_, at) => {
      absence[column * moments.length + at] = PRESENT;
      values[column * moments.length + at] = 4711;
    });
  }
  return written;
}

/** Writes what is stored as another version would have written it. */
async function rewrite(more: number): Promise<void> {
  const book = await bookOf();
  const change = async (table: string, key: string, row: Row, packed: PackedChunk) => {
    const { rowCount } = await stage.admin.query(
      `update ${table} set head = $1, toc = $2, body = $3 where stream_id = $4 and (${key})::text = $5`,
      [packed.head, packed.toc, packed.body, stream.id, row.id],
    );
    expect(rowCount).toBe(1);
  };
  const rowsOf = (table: string, key: string, columns: string) =>
    stage.rows<Row & { kinds: EntityKind[] }>(
      `select (${key})::text as id, ${columns}, head, toc, body from ${table} where stream_id = $1`,
      [stream.id],
    );
  for (const row of await rowsOf("telemetry_chunks", "row(day, part)", "entity_ids")) {
    const block = unpackChunk(book.layoutOf(row.entity_ids), row);
    await change("telemetry_chunks", "row(day, part)", row, packChunk(asVersion(block, more)));
  }
  for (const row of await rowsOf("telemetry_stream_5m", "row(day, part)", "kinds")) {
    const block = unpackChunk(fiveMinuteLayout(row.kinds), row);
    await change("telemetry_stream_5m", "row(day, part)", row, packChunk(asVersion(block, more)));
  }
  for (const row of await rowsOf("telemetry_hours", "row(day)", "entity_ids")) {
    const stored = await readRecord();
    const packed = packHours(aggregateHours(asVersion(stored, more)));
    expect(openHours(stored.layout, packed).hours).toEqual(openHours(book.layoutOf(row.entity_ids), row).hours);
    await change("telemetry_hours", "row(day)", row, packed);
  }
}

/** All that is stored of the stream, as one block in the layout of this version. */
async function readRecord(): Promise<Block> {
  const book = await bookOf();
  const wanted = { streamId: stream.id, firstHour: 0, lastHour: 1_000_000, isThinned: false };
  const hours = await withTenant(worker, { orgId: organisation.id }, (tx) =>
    loadHours(tx, organisation.id, book, [wanted]),
  );
  const blocks = [...hours.values()].flat().map(({ recorded }) => recorded.block);
  const [first] = blocks;
  if (!first) throw new Error("nothing is stored");
  const moments = blocks.flatMap((block) => block.moments);
  const layout: Layout = first.layout;
  const whole: Block = {
    layout,
    moments,
    values: new Float64Array(layout.columns * moments.length),
    absence: new Uint8Array(layout.columns * moments.length),
  };
  let at = 0;
  for (const block of blocks) {
    expect(block.layout.entries).toEqual(layout.entries);
    for (let column = 0; column < layout.columns; column += 1) {
      const from = column * block.moments.length;
      const end = from + block.moments.length;
      whole.values.set(block.values.subarray(from, end), column * moments.length + at);
      whole.absence.set(block.absence.subarray(from, end), column * moments.length + at);
    }
    at += block.moments.length;
  }
  return whole;
}

/** Reading by reading, whatever the order of the entities; a text is the number of a reason. */
function contentOf(block: Block): Map<string, number | string> {
  const { layout, moments, values, absence } = block;
  const content = new Map<string, number | string>();
  for (let column = 0; column < layout.columns; column += 1) {
    const entry = layout.entries[layout.slots[column] ?? 0];
    moments.forEach((moment, at) => {
      const place = column * moments.length + at;
      const value = absence[place] === PRESENT ? (values[place] ?? 0) : `${absence[place]}`;
      content.set(`${entry?.kind} ${entry?.key} ${layout.metricIndexes[column]} ${moment}`, value);
    });
  }
  return content;
}

const own = createLayout(ENTRIES);
const expected = (...blocks: Block[]) => new Map(blocks.flatMap((block) => [...contentOf(inLayout(block, own))]));

/** As charts read one reading of the machine. */
async function readReading(metric: number, range: { from: number; to: number }) {
  const entities = await stage.rows<StoredEntity>(
    `select id, stream_id as "streamId", kind, key from telemetry_entities where stream_id = $1 and kind = 'machine'`,
    [stream.id],
  );
  const name = metricsOf("machine")[metric]?.name ?? "";
  const blocks = await withTenant(worker, { orgId: organisation.id }, (tx) =>
    readBlocks(tx, organisation.id, entities, [name], range),
  );
  const block = blocks.get(entities[0]?.id ?? 0);
  if (!block) throw new Error("no block came back");
  const [from, to] = [metric * block.moments.length, (metric + 1) * block.moments.length];
  return { values: [...block.values.subarray(from, to)], absence: [...block.absence.subarray(from, to)] };
}

/** As groups read the sums over all entities of a kind, in five minutes. */
async function readSums(kind: EntityKind, metric: number, range: { from: number; to: number }): Promise<number[]> {
  const sums: number[] = [];
  const wanted = { kind, positions: [metric], streamIds: [stream.id], range };
  await withTenant(worker, { orgId: organisation.id }, (tx) =>
    visitStreamSums(tx, organisation.id, wanted, (_stream, _reading, { sums: own, entities, first, end }) => {
      for (let index = first; index < end; index += 1) {
        if (entities[index]) sums.push(own[index] ?? 0, entities[index] ?? 0);
      }
    }),
  );
  return sums;
}

describe.each([
  ["an older version, with one metric fewer of each kind", -1],
  ["a newer version, with two metrics more of each kind", 2],
])("what %s has stored", (_, more) => {
  const readable = Math.min(0, more);

  beforeEach(async () => {
    await receive(stage.database, stream, [minutes(START, 30, more)]);
    await compact();
    await rewrite(more);
  });

  test("is read as it was, and what it did not have is absent with its reason", async () => {
    expect(contentOf(await readRecord())).toEqual(expected(minutes(START, 30, more)));
    const range = { from: START, to: START + HOUR };
    const told = minutes(START, 30);
    const last = await readReading(LAST.machine, range);
    const before = await readReading(LAST.machine - 1, range);
    const valuesOf = (metric: number) => {
      const column = told.layout.columnOf(1, metric);
      return [...told.values.subarray(column * 30, (column + 1) * 30)];
    };
    expect(before.values).toEqual(valuesOf(LAST.machine - 1));
    expect(last.absence).toEqual(told.moments.map(() => (readable < 0 ? OLDER : PRESENT)));
    expect(last.values).toEqual(readable < 0 ? told.moments.map(() => 0) : valuesOf(LAST.machine));
    const sums = [...differenceOf(null, sumFiveMinutes(inLayout(minutes(START, 30, more), own)))];
    for (const kind of ["machine", "filesystem"] as const) {
      for (const metric of [1, LAST[kind] - 1, LAST[kind]]) {
        const figures = sums.filter((figure) => figure.kind === kind && figure.metric === metric);
        expect(await readSums(kind, metric, range)).toEqual(
          figures.flatMap(({ sum, entities }) => [Number(sum), entities]),
        );
      }
    }
  });

  test("is merged with what this version sends, sealed and rolled up, and the sums of the groups stay exact", async () => {
    await receive(stage.database, stream, [minutes(START + 30 * 60, 30)]);
    await compact();
    const both = expected(minutes(START, 30, more), minutes(START + 30 * 60, 30));
    expect(contentOf(await readRecord())).toEqual(both);
    const audited = await auditOrganisation(worker, organisation.id, () => 0);
    expect(audited.checked).toBeGreaterThan(0);
    expect(audited.different).toBe(0);
    expect(await sealOrganisation(worker, organisation.id)).toEqual({ days: 1, tooLarge: 0 });
    expect(contentOf(await readRecord())).toEqual(both);
    const days = await stage.rows<{ metric: number; n: number }>(
      `select d.metric, d.n from telemetry_entity_days d join telemetry_entities e on e.id = d.entity_id
       where e.stream_id = $1 and e.kind = 'machine' order by d.metric`,
      [stream.id],
    );
    // Of what the older version did not have, half of the hour is there, and counted as that.
    expect(days).toEqual(
      metricsOf("machine").map((_, metric) => ({ metric, n: metric === LAST.machine && readable < 0 ? 30 : 60 })),
    );
  });

  test("and sealed is read by hours, and opened again by what comes late", async () => {
    await sealOrganisation(worker, organisation.id);
    await rewrite(more);
    const [row] = await stage.rows<Row>(
      "select entity_ids, head, toc, body from telemetry_hours where stream_id = $1",
      [stream.id],
    );
    if (!row) throw new Error("no hours were written");
    const layout = (await bookOf()).layoutOf(row.entity_ids);
    const { hours, readColumn } = openHours(layout, row);
    const told = aggregateHours(inLayout(minutes(START, 30, more), layout));
    expect(hours).toEqual(told.hours);
    for (let column = 0; column < layout.columns; column += 1) {
      const figures = readColumn(column);
      for (const plane of ["n", "sum", "min", "max"] as const) expect(figures[plane][0]).toBe(told[plane][column]);
    }
    await receive(stage.database, stream, [minutes(START + 40 * 60, 5)]);
    await compact();
    const both = expected(minutes(START, 30, more), minutes(START + 40 * 60, 5));
    expect(contentOf(await readRecord())).toEqual(both);
    expect(await sealOrganisation(worker, organisation.id)).toEqual({ days: 1, tooLarge: 0 });
    expect(contentOf(await readRecord())).toEqual(both);
  });
});
