import { type Known, known, unknown } from "@/agent/host-roots";
import type { Settled, Settler } from "@/agent/settle";
import { ENERGY_SOURCES, RAPL_RANGES } from "@/contract/exporters/derive";
import { type EntityKind, metricsOf } from "@/contract/metrics";
import { type CountedSeries, type EntityParts, partsOf, RAW_PER_UNIT } from "./endpoint-parts";
import type { Endpoint } from "./endpoints";
import type { Figures, SampleBook } from "./sample-book";
import type { Scrape } from "./scrape";

/** What an endpoint said when it was asked. */
export type Asked = { endpoint: Endpoint; outcome: Known<Scrape> };

/** Most that one processor package with its memory draws: how soon its counter can run over. */
const WATTS_MAX = 1000;

type Source = { endpointKey: string; parts: EntityParts };

/**
 * Turns what endpoints said into readings. A counter is settled by one endpoint for as long as that one is there: two
 * that count the same from different beginnings make no growth.
 */
export class EndpointReadings {
  readonly #settler: Settler;
  /** Kind, key, field → key of the endpoint that counts it. */
  readonly #counts = new Map<string, string>();
  /** Machine → its start, epoch seconds: a counter that fell without one ran over. */
  readonly #bootedAt = new Map<string, number>();

  /** Endpoints that answered this time. */
  #answered = new Set<string>();

  constructor(settler: Settler) {
    this.#settler = settler;
  }

  /** @param nowMs since 1970 */
  put(book: SampleBook, asked: readonly Asked[], nowMs: number): void {
    const there = new Set(asked.map(({ endpoint }) => endpoint.key));
    for (const [field, key] of this.#counts) if (!there.has(key)) this.#counts.delete(field);
    this.#answered = new Set(asked.flatMap(({ endpoint, outcome }) => ("value" in outcome ? endpoint.key : [])));
    const entities = new Map<string, Source[]>();
    for (const { endpoint, outcome } of asked) {
      if ("unknown" in outcome) continue;
      for (const parts of partsOf(outcome.value.samples, endpoint.node, endpoint.key, nowMs)) {
        const name = `${parts.kind}/${parts.key}`;
        entities.set(name, [...(entities.get(name) ?? []), { endpointKey: endpoint.key, parts }]);
      }
    }
    this.#settler.begin({ bootId: null, uptimeSeconds: nowMs / 1000 });
    const boots = this.#lookAtBoots(entities);
    for (const [name, sources] of entities) this.#putEntity(book, name, sources, boots);
  }

  /** Machine → whether it was started since the last look; no entry where that is not known. */
  #lookAtBoots(entities: ReadonlyMap<string, readonly Source[]>): Map<string, boolean> {
    const boots = new Map<string, boolean>();
    for (const { endpointKey, parts } of [...entities.values()].flat()) {
      const bootedAt = parts.gauges.get("$bootedAt");
      if (bootedAt === undefined) continue;
      const before = this.#bootedAt.get(endpointKey);
      if (before !== undefined) boots.set(endpointKey, Math.abs(before - bootedAt) >= 2);
      this.#bootedAt.set(endpointKey, bootedAt);
    }
    return boots;
  }

  #putEntity(book: SampleBook, name: string, sources: readonly Source[], boots: ReadonlyMap<string, boolean>): void {
    const [first] = sources as [Source];
    const { kind, key } = first.parts;
    const figures: Record<string, Known<number>> = {};
    for (const { name: field } of metricsOf(kind)) {
      const told = field === "energyJoules" && kind === "machine" ? energyFields(sources) : [field];
      const counted = this.#count(name, field, told, sources, boots);
      const gauge = sources.map(({ parts }) => parts.gauges.get(field)).find((value) => value !== undefined);
      if (counted) figures[field] = counted;
      else if (gauge !== undefined) figures[field] = known(gauge);
      else if (sources.some(({ parts }) => parts.unreadable.has(field))) figures[field] = unknown("implausible", "");
    }
    // A part without a whole (speed without a link) is no reading.
    if (Object.keys(figures).length > 0) book.put(kind, key, figures as Figures<EntityKind>);
  }

  /** @param told fields that say it, the best first. @returns undefined where no endpoint counts it */
  #count(
    name: string,
    field: string,
    told: readonly string[],
    sources: readonly Source[],
    boots: ReadonlyMap<string, boolean>,
  ): Known<number> | undefined {
    const id = `${name}/${field}`;
    const able = told.flatMap((one) =>
      sources.filter(({ parts }) => parts.counters.has(one)).map((source) => ({ source, one })),
    );
    const kept = this.#counts.get(id);
    // One that does not answer this time keeps its counters: its next answer holds this span too.
    const isWaitedFor = kept !== undefined && !this.#answered.has(kept);
    const chosen = able.find(({ source }) => source.endpointKey === kept) ?? (isWaitedFor ? undefined : able[0]);
    if (!chosen) return able.length > 0 ? unknown("read_failed", "") : undefined;
    const { endpointKey, parts } = chosen.source;
    this.#counts.set(id, endpointKey);
    const series = parts.counters.get(chosen.one) ?? [];
    const settled = series.some(({ wraps }) => wraps)
      ? series.map((one) => this.#settle(`${endpointKey} ${one.id}`, one, boots.get(endpointKey)))
      : [this.#settle(`${endpointKey} ${id}`, sumOf(series), undefined)];
    const figure = this.#settler.settleSum(id, `${endpointKey} ${chosen.one} ${series.length}`, settled, RAW_PER_UNIT);
    return "unknown" in figure ? unknown(figure.unknown.code, "") : figure;
  }

  #settle(name: string, { raw, wraps }: CountedSeries, isNewBoot: boolean | undefined): Settled {
    const before = this.#settler.lastRawOf(name);
    const rangeJoules = RAPL_RANGES.find(
      (most) => before !== null && BigInt(Math.round(most * RAW_PER_UNIT)) >= before,
    );
    const wrap =
      wraps && isNewBoot !== true && rangeJoules !== undefined
        ? {
            max: BigInt(Math.round(rangeJoules * RAW_PER_UNIT)),
            // Where it is not known whether the machine was started anew, no fall is explained.
            secondsMin: isNewBoot === false ? rangeJoules / WATTS_MAX : 0,
          }
        : null;
    const settled = this.#settler.settle(name, known({ raw, perUnit: RAW_PER_UNIT, ...(wrap ? { wrap } : {}) }));
    // What it had counted before it was first seen is nobody's growth.
    return before === null ? { ...unknown("not_yet", ""), grownRaw: 0n } : settled;
  }
}

function sumOf(series: readonly CountedSeries[]): CountedSeries {
  return { id: "", raw: series.reduce((sum, { raw }) => sum + raw, 0n), wraps: false };
}

/** Only the widest of what is told makes up the machine: each holds those behind it. */
function energyFields(sources: readonly Source[]): string[] {
  return ENERGY_SOURCES.filter((field) => sources.some(({ parts }) => parts.counters.has(field))).slice(0, 1);
}
