/** One sample of the text exposition format 0.0.4: the series as `name{label="v",…}` with sorted labels, and its value. */
export type ExposedSample = { series: string; value: number };

/** Reads what an exporter shows; comments and lines that are none are left out. */
export function parseExposition(text: string): ExposedSample[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!found) return [];
    const [, name = "", labels = "", number = ""] = found;
    const sorted = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair).sort();
    const value = Number(number.replace("+Inf", "Infinity").replace("-Inf", "-Infinity"));
    return [{ series: sorted.length > 0 ? `${name}{${sorted.join(",")}}` : name, value }];
  });
}
