import type pg from "pg";
import { type Block, PRESENT } from "@/contract/codec/block";
import { decodeChunk } from "@/contract/codec/chunk";
import { decodeFrame } from "@/contract/codec/frame";
import { createLayout, type DictionaryEntry, type Layout } from "@/contract/codec/layout";
import type { Metric } from "@/contract/metrics";

/** A reading as it is stored, in whole steps of its metric. */
export type StoredReading = { moment: number; entry: DictionaryEntry; metric: Metric; value: number };

type ChunkRow = { entity_ids: number[]; head: Buffer; toc: Buffer; body: Buffer };
type FrameRow = { entity_ids: number[]; frame: Buffer };

/** Reads the record past all queries of the product: the codec alone is trusted. */
export class RecordReader {
  readonly #layouts = new Map<string, Layout>();

  private constructor(
    readonly admin: pg.Client,
    readonly entities: Map<number, DictionaryEntry>,
  ) {}

  static async open(admin: pg.Client): Promise<RecordReader> {
    const reader = new RecordReader(admin, new Map());
    await reader.#learnEntities();
    return reader;
  }

  async #learnEntities(): Promise<void> {
    const { rows } = await this.admin.query<DictionaryEntry & { id: number }>(
      "select id, kind, key from telemetry_entities",
    );
    for (const { id, kind, key } of rows) this.entities.set(id, { kind, key });
  }

  /** Everything that a stream's chunks hold. What waits for its merge is left out. */
  async readChunks(streamId: number): Promise<StoredReading[]> {
    const { rows } = await this.admin.query<ChunkRow>(
      "select entity_ids, head, toc, body from telemetry_chunks where stream_id = $1 order by day, part",
      [streamId],
    );
    await this.#expectEntities(rows);
    return rows.flatMap(({ entity_ids, head, toc, body }) =>
      readingsOf(decodeChunk(this.#layoutOf(entity_ids), { head, toc: unpackToc(toc), body })),
    );
  }

  /** Everything that waits for its merge; what was sent twice is here twice. */
  async readInbox(streamId: number): Promise<StoredReading[]> {
    const { rows } = await this.admin.query<FrameRow>(
      `select d.entity_ids, i.frame from telemetry_inbox i
       join telemetry_dictionaries d on d.org_id = i.org_id and d.id = i.dictionary_id
       where i.stream_id = $1 order by i.arrived`,
      [streamId],
    );
    await this.#expectEntities(rows);
    return rows.flatMap(({ entity_ids, frame }) => readingsOf(decodeFrame(this.#layoutOf(entity_ids), frame)));
  }

  /** Programs go on writing meanwhile: what was read now may name entities that were made since. */
  async #expectEntities(rows: readonly { entity_ids: number[] }[]): Promise<void> {
    const isNews = rows.some(({ entity_ids }) => entity_ids.some((id) => !this.entities.has(id)));
    if (isNews) await this.#learnEntities();
  }

  #layoutOf(entityIds: number[]): Layout {
    const name = entityIds.join();
    const known = this.#layouts.get(name);
    if (known) return known;
    // Layouts differ from stream to stream: keeping them all would need more memory than the chunks.
    if (this.#layouts.size > 100) this.#layouts.clear();
    const layout = createLayout(
      entityIds.map((id) => {
        const entry = this.entities.get(id);
        if (!entry) throw new Error(`a chunk or frame names entity ${id}, which is not there`);
        return entry;
      }),
    );
    this.#layouts.set(name, layout);
    return layout;
  }
}

function readingsOf({ layout, moments, values, absence }: Block): StoredReading[] {
  const readings: StoredReading[] = [];
  for (let column = 0; column < layout.columns; column += 1) {
    const entry = layout.entries[layout.slots[column] ?? 0];
    const metric = layout.metricOf(column);
    for (let at = 0; at < moments.length; at += 1) {
      const place = column * moments.length + at;
      if (absence[place] !== PRESENT || !entry) continue;
      readings.push({ moment: moments[at] ?? 0, entry, metric, value: values[place] ?? 0 });
    }
  }
  return readings;
}

/** Lengths of the columns as unsigned LEB128 → where each begins. */
function unpackToc(packed: Buffer): Int32Array {
  const offsets = [0];
  let length = 0;
  let power = 1;
  for (const byte of packed) {
    length += (byte % 128) * power;
    power *= 128;
    if (byte >= 128) continue;
    offsets.push((offsets.at(-1) ?? 0) + length);
    length = 0;
    power = 1;
  }
  return Int32Array.from(offsets);
}
