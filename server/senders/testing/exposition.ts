import type { SenderSample } from "@/server/senders/samples";

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Prometheus text exposition as the samples that a scrape at this time makes, with job and instance. */
export function scrape(text: string, atMs: number, more: Record<string, string> = {}): SenderSample[] {
  const samples: SenderSample[] = [];
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (!name || line.startsWith("#")) continue;
    const own = [...labels.matchAll(LABEL)].map(([, label = "", escaped = ""]): [string, string] => [
      label,
      escaped.replaceAll("\\n", "\n").replaceAll('\\"', '"').replaceAll("\\\\", "\\"),
    ]);
    samples.push({
      series: {
        name,
        labels: new Map([["job", "node"], ["instance", "edge-7:9100"], ...own, ...Object.entries(more)]),
        resource: null,
      },
      atMs,
      startMs: null,
      value: Number(value),
      type: "unknown",
    });
  }
  return samples;
}
