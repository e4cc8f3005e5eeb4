import { sql } from "drizzle-orm";
import type { EntityKind } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { gapSeconds, type Line, MINUTES_RANGE_SECONDS_MAX, readingsOf } from "./charts";
import { readHours } from "./hours-read";
import {
  type Gap,
  gapsOf,
  type LineSeries,
  type Recorded,
  recordedOf,
  resample,
  type Steps,
  usualDistance,
} from "./series";
import { type Hourly, resampleHours } from "./series-hours";
import { readBlocks, type StoredEntity } from "./series-store";

/** What a series is asked for by. All entities are of one kind, and every line is made of its readings. */
export type SeriesInput = {
  orgId: string;
  entityIds: readonly number[];
  lines: readonly Line[];
  /** Epoch seconds; half-open, and widened to whole steps so that a point does not change while time goes on. */
  from: number;
  to: number;
  stepSeconds: number;
  /** Older than single readings are kept: then a short span in steps of hours is read from the roll-ups too. */
  isLongAgo?: boolean;
};

/** What one entity did. */
export type EntitySeries = {
  entityId: number;
  kind: EntityKind;
  lines: LineSeries[];
  /** Time without readings from which a line is broken. */
  gapSeconds: number;
  gaps: Gap[];
  /** Newest moment within the range at which the entity was recorded, in epoch seconds; to the hour where that is long ago. */
  newest: number | null;
  /** Moments that the points are made of. */
  samples: number;
  /** What was read: every reading, or the roll-ups of an hour each. */
  source: "minutes" | "hours";
};

/**
 * The lines of each entity between two times at one resolution, in the order of `entityIds`; an entity that is not
 * there is left out. Points stand only where there are readings. Up to 48 hours, and wherever the step is finer than an
 * hour, they are made of every reading, those included that arrived a second ago; else of the roll-ups by hours.
 *
 * The caller sees to it that the entities may be read: this looks at the organisation only.
 * @throws RangeError for entities of different kinds
 */
export async function readSeries(tx: Transaction, input: SeriesInput): Promise<EntitySeries[]> {
  const { orgId, lines, stepSeconds } = input;
  const entities = await findEntities(tx, orgId, input.entityIds);
  if (entities.some(({ kind }) => kind !== entities[0]?.kind)) throw new RangeError("Entities of different kinds");
  const steps = {
    from: Math.floor(input.from / stepSeconds) * stepSeconds,
    to: Math.ceil(input.to / stepSeconds) * stepSeconds,
    stepSeconds,
  };
  if (stepSeconds % HOUR_SECONDS === 0 && (input.isLongAgo || input.to - input.from > MINUTES_RANGE_SECONDS_MAX)) {
    const hours = await readHours(tx, orgId, entities, readingsOf(lines), steps);
    return entities.map((entity) => seriesOfHours(entity, hours.get(entity.id) ?? NOTHING, input, steps));
  }
  const blocks = await readBlocks(tx, orgId, entities, readingsOf(lines), steps);
  return entities.flatMap((entity) => {
    const block = blocks.get(entity.id);
    return block ? [seriesOfMinutes(entity, recordedOf(block, 0), input, steps)] : [];
  });
}

const HOUR_SECONDS = 3600;
const NOTHING: Hourly = { hours: [], read: () => null, count: () => 0, newest: null };

function seriesOfMinutes(entity: FoundEntity, recorded: Recorded, input: SeriesInput, steps: Steps): EntitySeries {
  const moments = recorded.moments.filter((moment) => moment >= steps.from && moment < steps.to);
  const gap = gapSeconds(steps.stepSeconds, usualDistance(moments, entity.intervalSeconds));
  return {
    entityId: entity.id,
    kind: entity.kind,
    lines: input.lines.map((line) => resample(recorded, line, steps)),
    gapSeconds: gap,
    gaps: gapsOf(moments, input, gap),
    newest: moments.at(-1) ?? null,
    samples: moments.length,
    source: "minutes",
  };
}

function seriesOfHours(entity: FoundEntity, hourly: Hourly, input: SeriesInput, steps: Steps): EntitySeries {
  const gap = gapSeconds(steps.stepSeconds, entity.intervalSeconds);
  const last = hourly.hours.at(-1) ?? null;
  const told = [entity.observed, hourly.newest].filter(
    (moment) => moment !== null && last !== null && moment >= last && moment < steps.to,
  );
  // An hour speaks for all of its time.
  const ends = hourly.hours.flatMap((hour) => [hour, hour + HOUR_SECONDS - 1]);
  const names = readingsOf(input.lines);
  const samplesIn = (index: number) => names.reduce((most, name) => Math.max(most, hourly.count(name, index)), 0);
  return {
    entityId: entity.id,
    kind: entity.kind,
    lines: input.lines.map((line) => resampleHours(hourly, line, steps)),
    gapSeconds: gap,
    gaps: gapsOf(ends, input, gap),
    newest: last === null ? null : Math.max(last, ...told.map(Number)),
    samples: hourly.hours.reduce((sum, _, index) => sum + samplesIn(index), 0),
    source: "hours",
  };
}

/** With the newest moment at which it was read, in epoch seconds. */
type FoundEntity = StoredEntity & { intervalSeconds: number; observed: number | null };

async function findEntities(tx: Transaction, orgId: string, ids: readonly number[]): Promise<FoundEntity[]> {
  const { rows } = await tx.execute<FoundEntity>(sql`
    select e.id, e.stream_id as "streamId", e.kind, e.key, s.interval_seconds as "intervalSeconds",
      floor(extract(epoch from e.observed_at))::double precision as observed
    from unnest(${sql.param(ids)}::int[]) with ordinality as wanted(id, place)
    join telemetry_entities e on e.org_id = ${orgId}::uuid and e.id = wanted.id
    join telemetry_streams s on s.org_id = e.org_id and s.id = e.stream_id
    order by wanted.place`);
  return rows;
}
