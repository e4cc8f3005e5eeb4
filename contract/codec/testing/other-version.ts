import { type Metric, metricsOf } from "@/contract/metrics";

/** A metric that only another version has, by how it is coded: `i` in whole steps, `d` as a double. */
const invented = (letter: string): Metric => ({ name: "invented", kind: letter === "d" ? "double" : "gauge", step: 1 });

/**
 * The metric sets of another version.
 * @param widths for some kinds one letter a metric (see above), fewer than here or more; all other kinds are as here
 */
export function otherVersion(widths: Readonly<Record<string, string>>): (kind: string) => readonly Metric[] {
  return (kind) => {
    const known = metricsOf(kind);
    const letters = widths[kind];
    return letters === undefined ? known : [...letters].map((letter, index) => known[index] ?? invented(letter));
  };
}

/** The letters of a set, with so many metrics more or fewer at its end than this version has. */
export function lettersOf(kind: string, more: number): string {
  const own = metricsOf(kind).map((metric) => (metric.kind === "double" ? "d" : "i"));
  return more < 0 ? own.slice(0, more).join("") : own.join("") + "id".repeat(more).slice(0, more);
}
