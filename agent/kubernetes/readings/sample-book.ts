import type { EntitySample } from "@/agent/entity-reading";
import type { Known } from "@/agent/host-roots";
import { ENTITY_KINDS, type EntityKind, type MetricName, metricsOf } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";

export type Figures<K extends EntityKind = EntityKind> = Partial<Record<MetricName<K>, Known<number>>>;

/** Entities of one moment, and columns: the wire takes 65,536 of both (`docs/wire-format.md`), the recorder remembers 5,000. */
const ENTITIES_MAX = 4_900;
const COLUMNS_MAX = 60_000;
/** What is kept first where not all has a place. */
const ORDER: readonly EntityKind[] = [
  "cluster",
  "machine",
  "application",
  "volume",
  "pool",
  "filesystem",
  "energyZone",
];

/**
 * Gathers the figures of entities that several sources tell of. The first source that knows a figure is believed; where
 * none does, the first reason is told.
 */
export class SampleBook {
  readonly #entities = new Map<string, { kind: EntityKind; key: string; figures: Map<string, Known<number>> }>();

  put<K extends EntityKind>(kind: K, key: string, figures: Figures<K>): void {
    const name = `${kind}\n${key}`;
    const entity = this.#entities.get(name) ?? { kind, key, figures: new Map() };
    this.#entities.set(name, entity);
    for (const [reading, figure] of Object.entries(figures) as [string, Known<number>][]) {
      const before = entity.figures.get(reading);
      if (!before || ("unknown" in before && "value" in figure)) entity.figures.set(reading, figure);
    }
  }

  /** @returns as many as one moment takes, and how many are left out */
  samples(): { samples: EntitySample[]; leftOut: number } {
    const place = ({ kind }: { kind: EntityKind }) =>
      (ORDER.includes(kind) ? ORDER : ENTITY_KINDS).indexOf(kind) + (ORDER.includes(kind) ? 0 : ORDER.length);
    const entities = [...this.#entities.values()].sort((a, b) => place(a) - place(b));
    const samples: EntitySample[] = [];
    let columns = 0;
    for (const { kind, key, figures } of entities) {
      columns += metricsOf(kind).length;
      if (samples.length >= ENTITIES_MAX || columns > COLUMNS_MAX) break;
      samples.push(sampleOf(kind, key, figures));
    }
    return { samples, leftOut: entities.length - samples.length };
  }
}

/** What no source of this kind of entity tells is not offered; the code alone says so. */
const NOT_OFFERED: UnknownReason = { code: "not_offered", detail: "" };

function sampleOf(kind: EntityKind, key: string, figures: ReadonlyMap<string, Known<number>>): EntitySample {
  const readings: Record<string, number> = {};
  const unknown: Record<string, UnknownReason> = {};
  for (const { name } of metricsOf(kind)) {
    if (name === "spanSeconds") continue;
    const figure = figures.get(name) ?? { unknown: NOT_OFFERED };
    if ("unknown" in figure) unknown[name] = figure.unknown;
    else if (Number.isFinite(figure.value)) readings[name] = figure.value;
    else unknown[name] = { code: "implausible", detail: "not a number" };
  }
  return { kind, key, readings, unknown };
}
