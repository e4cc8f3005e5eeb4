import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from "@/contract/selector";

export type ParsedLabels = { labels: Record<string, string> } | { problem: string };

/** `region=north, tier=edge` → labels; the first part that is none is given back as the problem. */
export function parseLabels(text: string): ParsedLabels {
  const labels: Record<string, string> = {};
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(at, 0)).trim();
    const value = part.slice(at + 1).trim();
    if (at < 1 || !LABEL_KEY_PATTERN.test(key) || !LABEL_VALUE_PATTERN.test(value)) return { problem: part };
    labels[key] = value;
  }
  return { labels };
}
