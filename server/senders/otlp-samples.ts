import type { LabelMap } from "@/contract/exporters/meaning";
import type { OtlpMetric, OtlpPoint, OtlpRequest } from "./otlp-message";
import { RequestError } from "./request-error";
import {
  createRequest,
  nameProblem,
  reject,
  SAMPLES_MAX,
  type SenderRequest,
  type Series,
  type SeriesType,
  seriesText,
} from "./samples";
import type { SeriesCache } from "./series-cache";

const NO_RECORDED_VALUE = 1;
const DELTA = 1;
const CUMULATIVE = 2;

/**
 * An OTLP request as samples. Histograms and summaries become the series that Prometheus would make of them:
 * `_count`, `_sum`, `_bucket{le}`, and one by quantile.
 * @throws RequestError too_large
 */
export function samplesOfOtlp(request: OtlpRequest, scope: string, cache: SeriesCache): SenderRequest {
  const taken = createRequest();
  for (const { resource, metrics } of request) {
    const resourceText = seriesText("", resource);
    for (const metric of metrics) {
      takeMetric(taken, metric, resource, (name, labels) => {
        const key = `${resourceText}\n${seriesText(name, labels)}`;
        const known = cache.find(scope, key);
        if (known) return known;
        const made: Series = { name, labels, resource };
        cache.keep(scope, key, made);
        return made;
      });
      if (taken.samples.length > SAMPLES_MAX) {
        throw new RequestError("too_large", `Found more than ${SAMPLES_MAX} values; send them in parts`);
      }
    }
  }
  return taken;
}

type NameSeries = (name: string, labels: LabelMap) => Series;

function takeMetric(taken: SenderRequest, metric: OtlpMetric, resource: LabelMap, nameSeries: NameSeries): void {
  const { name, unit, points } = metric;
  if (points.length === 0) return;
  const resourceProblem = nameProblem("resource", resource);
  if (resourceProblem) {
    reject(taken, points.length, resourceProblem);
    return;
  }
  if (isCounting(metric) && metric.temporality !== DELTA && metric.temporality !== CUMULATIVE) {
    reject(taken, points.length, `${name || "a metric"} has no aggregation temporality`);
    return;
  }
  taken.descriptions.set(name, { type: typeName(metric), unit });
  for (const point of points) {
    taken.exemplars += point.exemplars;
    const problem = nameProblem(name, point.attributes) ?? pointProblem(metric, point);
    if (problem) reject(taken, 1, problem);
    else if (point.flags & NO_RECORDED_VALUE) taken.staleMarkers += 1;
    else takePoint(taken, metric, point, nameSeries);
  }
}

/** Sums that may go down are gauges in all but name, whatever their temporality. */
const isCounting = ({ shape, isMonotonic }: OtlpMetric): boolean =>
  shape === "histogram" || shape === "exponentialHistogram" || (shape === "sum" && isMonotonic);

function typeName(metric: OtlpMetric): string {
  if (metric.shape === "sum") return metric.isMonotonic ? "counter" : "gauge";
  return metric.shape === "exponentialHistogram" ? "histogram" : metric.shape;
}

function pointProblem(metric: OtlpMetric, point: OtlpPoint): string | null {
  if (!Number.isSafeInteger(point.atMs) || point.atMs <= 0) return `a point of ${metric.name} has no time`;
  if (point.flags & NO_RECORDED_VALUE) return null;
  if (metric.shape !== "gauge" && metric.shape !== "sum") return null;
  if (point.value === null) return `a point of ${metric.name} has no number as its value`;
  return Number.isFinite(point.value) ? null : `a point of ${metric.name} is ${point.value}, expected a finite number`;
}

function takePoint(taken: SenderRequest, metric: OtlpMetric, point: OtlpPoint, nameSeries: NameSeries): void {
  const { attributes, atMs, startMs } = point;
  const counting: SeriesType = metric.temporality === DELTA ? "delta" : "cumulative";
  const take = (name: string, labels: LabelMap, value: number | null, type: SeriesType) => {
    if (value !== null && Number.isFinite(value)) {
      taken.samples.push({ series: nameSeries(name, labels), atMs, startMs, value, type });
    }
  };
  if (metric.shape === "gauge" || metric.shape === "sum") {
    take(metric.name, attributes, point.value, isCounting(metric) ? counting : "gauge");
    return;
  }
  const type = metric.shape === "summary" ? "cumulative" : counting;
  take(`${metric.name}_count`, attributes, point.count, type);
  take(`${metric.name}_sum`, attributes, point.sum, type);
  let below = 0;
  point.bucketCounts.forEach((count, index) => {
    below += count;
    const bound = point.explicitBounds[index];
    const le = bound === undefined ? "+Inf" : String(bound);
    take(`${metric.name}_bucket`, new Map([...attributes, ["le", le]]), below, type);
  });
  for (const [quantile, value] of point.quantiles) {
    take(metric.name, new Map([...attributes, ["quantile", String(quantile)]]), value, "gauge");
  }
}
