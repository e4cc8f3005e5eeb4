import { ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
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
  readonly #columns = new Map<string, HourColumn & { metric: Metric }>();
  #newest: number | null = null;

  /** @param range epoch seconds, half-open */
  constructor(range: { from: number; to: number }, metricOf: (reading: string) => Metric) {
    this.#first = Math.ceil(range.from / HOUR_SECONDS);
    this.#size = Math.max(0, Math.ceil(range.to / HOUR_SECONDS) - this.#first);
    this.#metricOf = metricOf;
    this.#isThere = new Uint8Array(this.#size);
  }

  /** Takes the figures of these hours that have any, in whole steps. */
  take(reading: string, hours: readonly number[], figures: HourColumn): void {
    const own = this.#columnOf(reading);
    hours.forEach((hour, index) => {
      const place = this.#placeOf(hour);
      if (place === null || !figures.n[index]) return;
      this.#isThere[place] = 1;
      own.n[place] = figures.n[index];
      own.sum[place] = figures.sum[index] ?? 0;
      own.min[place] = figures.min[index] ?? 0;
      own.max[place] = figures.max[index] ?? 0;
    });
  }

  /** Adds single readings: as many values, in whole steps, as there are moments, and what of them is absent. */
  add(reading: string, moments: readonly number[], values: Float64Array, absence: Uint8Array): void {
    const { n, sum, min, max } = this.#columnOf(reading);
    for (let index = 0; index < moments.length; index += 1) {
      if (absence[index] !== PRESENT) continue;
      const place = Math.floor((moments[index] ?? 0) / HOUR_SECONDS) - this.#first;
      if (place < 0 || place >= this.#size) continue;
      const value = values[index] ?? 0;
      const count = n[place] ?? 0;
      n[place] = count + 1;
      sum[place] = count === 0 ? value : (sum[place] ?? 0) + value;
      min[place] = count === 0 ? value : Math.min(min[place] ?? 0, value);
      max[place] = count === 0 ? value : Math.max(max[place] ?? 0, value);
    }
  }

  /** Forgets the hours of these moments: what is known of them is told anew. */
  clear(moments: readonly number[]): void {
    let last = -1;
    for (const moment of moments) {
      const hour = moment - (moment % HOUR_SECONDS);
      if (hour === last) continue;
      last = hour;
      const place = this.#placeOf(hour);
      if (place === null) continue;
      this.#isThere[place] = 1;
      for (const { n } of this.#columns.values()) n[place] = 0;
    }
  }

  /** Moments before `until` at which the entity was recorded, by one of its readings. */
  heard(moments: readonly number[], absence: Uint8Array, until: number): void {
    for (let index = moments.length - 1; index >= 0; index -= 1) {
      const moment = moments[index] ?? 0;
      if (moment >= until || absence[index] === ENTITY_ABSENT) continue;
      this.#newest = Math.max(moment, this.#newest ?? moment);
      return;
    }
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
    const { metric, sum, min, max } = column;
    return {
      n,
      sum: fromSteps(metric, sum[place] ?? 0),
      min: fromSteps(metric, min[place] ?? 0),
      max: fromSteps(metric, max[place] ?? 0),
    };
  }

  #placeOf(hour: number): number | null {
    const place = hour / HOUR_SECONDS - this.#first;
    return place >= 0 && place < this.#size ? place : null;
  }

  #columnOf(reading: string): HourColumn & { metric: Metric } {
    const known = this.#columns.get(reading);
    if (known) return known;
    const plane = () => new Float64Array(this.#size);
    const made = { metric: this.#metricOf(reading), n: plane(), sum: plane(), min: plane(), max: plane() };
    this.#columns.set(reading, made);
    return made;
  }
}
