import { chmodSync, closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { Block } from "@/contract/codec/block";
import { samplesOf } from "./samples";

/** PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"). */
const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
const HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);
/** Seconds from 1970 to 2000, where Postgres' time begins. */
const POSTGRES_EPOCH_SECONDS = 946_684_800;
const WIDE_VALUES = 12;

export type CopyFile = { table: "narrow" | "wide"; path: string; samples: number };

/** The tables as in the design's experiments, with the primary keys that a real store needs. */
export async function createCopyTables(admin: pg.Client): Promise<void> {
  const columns = Array.from({ length: WIDE_VALUES }, (_, index) => `v${index} float4`).join(", ");
  await admin.query(`
    create schema if not exists bench_copy;
    create table bench_copy.narrow (series_id int not null, ts timestamptz not null, value float8 not null,
      primary key (series_id, ts));
    create table bench_copy.wide (node_id int not null, ts timestamptz not null, ${columns}, primary key (node_id, ts));`);
}

/** Writes the samples of some blocks as rows: one a sample, or one a node and moment with twelve values. */
export function writeCopyFiles(
  folder: string,
  name: string,
  blocks: Iterable<{ stream: number; block: Block }>,
): CopyFile[] {
  const narrow = new CopyWriter(join(folder, `${name}-narrow.copy`));
  const wide = new CopyWriter(join(folder, `${name}-wide.copy`));
  let samples = 0;
  for (const { stream, block } of blocks) {
    const rows = new Map<string, { node: number; at: number; values: number[] }>();
    for (const { column, at, value } of samplesOf(block)) {
      samples += 1;
      const seconds = block.moments[at] ?? 0;
      narrow.row(3, (row) => {
        row.int(stream * block.layout.columns + column);
        row.time(seconds);
        row.double(value);
      });
      const key = block.layout.entries[block.layout.slots[column] ?? 0]?.key ?? "";
      const node = Number(/\d+/.exec(key)?.[0] ?? 0);
      const id = `${node} ${at}`;
      const row = rows.get(id) ?? { node, at, values: [] };
      rows.set(id, row);
      row.values.push(value);
    }
    for (const { node, at, values } of rows.values()) {
      // More than twelve values a node fill more rows, each of another node number.
      for (let begin = 0; begin < values.length; begin += WIDE_VALUES) {
        wide.row(2 + WIDE_VALUES, (row) => {
          row.int((stream * 1_000 + node) * 100 + begin / WIDE_VALUES);
          row.time(block.moments[at] ?? 0);
          for (let index = 0; index < WIDE_VALUES; index += 1) row.float(values[begin + index]);
        });
      }
    }
  }
  return [
    { table: "narrow", path: narrow.finish(), samples },
    { table: "wide", path: wide.finish(), samples },
  ];
}

/** One server-side COPY of a file, then the file is removed. @returns seconds until it was committed */
export async function copyFile(admin: pg.Client, { table, path }: CopyFile): Promise<number> {
  const startedAt = performance.now();
  await admin.query(`copy bench_copy.${table} from '${path}' with (format binary)`);
  const seconds = (performance.now() - startedAt) / 1000;
  rmSync(path);
  return seconds;
}

class CopyWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(1024 * 1024);
  #at = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "w");
    writeSync(this.#file, HEADER);
  }

  row(fields: number, write: (row: CopyWriter) => void): void {
    if (this.#at > this.#buffer.length - 4096) this.#flush();
    this.#at = this.#buffer.writeInt16BE(fields, this.#at);
    write(this);
  }

  int(value: number): void {
    this.#at = this.#buffer.writeInt32BE(4, this.#at);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  time(epochSeconds: number): void {
    this.#at = this.#buffer.writeInt32BE(8, this.#at);
    this.#at = this.#buffer.writeBigInt64BE(BigInt(epochSeconds - POSTGRES_EPOCH_SECONDS) * 1_000_000n, this.#at);
  }

  double(value: number): void {
    this.#at = this.#buffer.writeInt32BE(8, this.#at);
    this.#at = this.#buffer.writeDoubleBE(value, this.#at);
  }

  float(value: number | undefined): void {
    this.#at = this.#buffer.writeInt32BE(value === undefined ? -1 : 4, this.#at);
    if (value !== undefined) this.#at = this.#buffer.writeFloatBE(value, this.#at);
  }

  /** @returns the file, readable by the server's own user */
  finish(): string {
    this.#flush();
    writeSync(this.#file, TRAILER);
    closeSync(this.#file);
    chmodSync(this.#path, 0o644);
    return this.#path;
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer, 0, this.#at);
    this.#at = 0;
  }
}
