import { fromSteps, type Metric } from "@/contract/metrics";
import type { HourColumn } from "./chunks";
import type { HourFigures, Hourly } from "./series-hours";

const HOUR_SECONDS = 3600;

/** What one entity did in each hour of a range, as it is read together from several places. */
export class HourTable {
  readonly #first: number;
  readonly #size: number;
  readonly #metricOf: (reading: string) => Metric;
  /** Hours that anything is known of. */
  readonly #isThere: Uint8Array;
  readonly #columns = new Map<string, HourColumn>();
  #newest: number | null = null;

  /** @param range epoch seconds, half-open */
  constructor(range: { from: number; to: number }, metricOf: (reading: string) => Metric) {
    this.#first = Math.ceil(range.from / HOUR_SECONDS);
    this.#size = Math.max(0, Math.ceil(range.to / HOUR_SECONDS) - this.#first);
    this.#metricOf = metricOf;
    this.#isThere = new Uint8Array(this.#size);
  }

  /** Takes the figures of these hours that have any, in whole steps, from an index of the planes on. */
  take(reading: string, hours: readonly number[], figures: HourColumn, offset = 0): void {
    const own = this.#columnOf(reading);
    hours.forEach((hour, index) => {
      const place = this.#placeOf(hour);
      const from = offset + index;
      if (place === null || !figures.n[from]) return;
      this.#isThere[place] = 1;
      own.n[place] = figures.n[from];
      own.sum[place] = figures.sum[from] ?? 0;
      own.min[place] = figures.min[from] ?? 0;
      own.max[place] = figures.max[from] ?? 0;
    });
  }

  /** Forgets these hours: what is known of them is told anew. */
  clear(hours: readonly number[]): void {
    for (const hour of hours) {
      const place = this.#placeOf(hour);
      if (place === null) continue;
      this.#isThere[place] = 1;
      for (const { n } of this.#columns.values()) n[place] = 0;
    }
  }

  /** A moment at which the entity was recorded. */
  heard(moment: number): void {
    this.#newest = Math.max(moment, this.#newest ?? moment);
  }

  toHourly(): Hourly {
    const places = Array.from(this.#isThere.keys()).filter((place) => this.#isThere[place] === 1);
    return {
      hours: places.map((place) => HOUR_SECONDS * (this.#first + place)),
      newest: this.#newest,
      count: (reading, index) => this.#columns.get(reading)?.n[places[index] ?? -1] ?? 0,
      read: (reading, index) => this.#read(reading, places[index] ?? -1),
    };
  }

  #read(reading: string, place: number): HourFigures | null {
    const column = this.#columns.get(reading);
    const n = column?.n[place] ?? 0;
    if (!column || n === 0) return null;
    const metric = this.#metricOf(reading);
    const unit = (plane: Float64Array) => fromSteps(metric, plane[place] ?? 0);
    return { n, sum: unit(column.sum), min: unit(column.min), max: unit(column.max) };
  }

  #placeOf(hour: number): number | null {
    const place = hour / HOUR_SECONDS - this.#first;
    return place >= 0 && place < this.#size ? place : null;
  }

  #columnOf(reading: string): HourColumn {
    const known = this.#columns.get(reading);
    if (known) return known;
    const plane = () => new Float64Array(this.#size);
    const made = { n: plane(), sum: plane(), min: plane(), max: plane() };
    this.#columns.set(reading, made);
    return made;
  }
}
