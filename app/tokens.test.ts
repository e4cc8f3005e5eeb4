import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const css = readFileSync(join(import.meta.dirname, "globals.css"), "utf8");

/** The colours of one theme by name; the dark theme stands on the light one. */
function tokens(selector: string): Map<string, string> {
  const block = new RegExp(`^${selector.replace(".", "\\.")} \\{([^}]*)\\}`, "m").exec(css)?.[1] ?? "";
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1] ?? "", match[2] ?? ""]),
  );
}

/** Relative luminance (WCAG 2.2, definition of "relative luminance"). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const STATES = ["good", "warning", "critical", "unknown", "offline", "maintenance", "simulated"];
const SURFACES = ["surface", "surface-sunken", "surface-raised", "surface-hover", "surface-selected"];
const PAIRS: [string, string][] = [
  ...SURFACES.flatMap((surface) =>
    ["ink", "ink-muted", "ink-faint", "accent-text", ...STATES].map((text): [string, string] => [text, surface]),
  ),
  ...STATES.map((state): [string, string] => [state, `${state}-soft`]),
  ...STATES.map((state): [string, string] => ["ink", `${state}-soft`]),
  ["ink-muted", "surface-pressed"],
  ["ink-muted", "unknown-soft"],
  ["ink-muted", "warning-soft"],
  ["accent-ink", "accent"],
  ["accent-ink", "accent-hover"],
  ["surface", "critical-fill"],
  ["surface", "critical-fill-hover"],
];

describe.each([":root", ".dark"])("theme %s", (selector) => {
  const theme = tokens(selector);

  test("every text can be read: at least 4.5:1 on every surface that it stands on", () => {
    const weak = PAIRS.map(([text, surface]) => ({
      pair: `${text} on ${surface}`,
      ratio: Number(contrast(theme.get(text) ?? "#000000", theme.get(surface) ?? "#000000").toFixed(2)),
    })).filter(({ ratio }) => ratio < 4.5);
    expect(weak).toEqual([]);
  });

  test("lines in a chart stand out from the page: at least 3:1", () => {
    const weak = [1, 2, 3, 4, 5, 6]
      .map((index) => ({
        index,
        ratio: contrast(theme.get(`series-${index}`) ?? "#000000", theme.get("surface") ?? "#000000"),
      }))
      .filter(({ ratio }) => ratio < 3);
    expect(weak).toEqual([]);
  });

  test("has every colour of the other theme", () => {
    expect(theme.size).toBeGreaterThan(30);
    expect([...theme.keys()].sort()).toEqual([...tokens(selector === ":root" ? ".dark" : ":root").keys()].sort());
  });
});
