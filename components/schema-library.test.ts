import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** What is imported for more than its types; `import("…")` is loaded later and does not count. */
const IMPORTS = /^(?:import|export)\s+(?!type\b)(?:[^;"]*?from\s+)?"([^"]+)"/gm;
/** The page of an invitation reads an answer that no procedure has typed; the search is loaded when it is opened. */
const MAY = ["components/access/use-invitation.ts", "components/search/recent.ts"];

function fileOf(specifier: string, from: string): string | null {
  const base = specifier.startsWith("@/") ? join(ROOT, specifier.slice(2)) : join(dirname(from), specifier);
  return [".ts", ".tsx"].map((ending) => base + ending).find((path) => existsSync(path)) ?? null;
}

test("no screen loads the schema library, of 35 kB, with the constants that it shares with the server", () => {
  const queue = readdirSync(join(ROOT, "components"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(ROOT, "components", name));
  const cameFrom = new Map<string, string | null>(queue.map((path) => [path, null]));
  const loading: string[] = [];
  for (const path of queue) {
    for (const [, specifier = ""] of readFileSync(path, "utf8").matchAll(IMPORTS)) {
      if (/^zod(\/|$)/.test(specifier)) {
        const chain: string[] = [];
        for (let at: string | null = path; at !== null; at = cameFrom.get(at) ?? null) chain.push(relative(ROOT, at));
        loading.push(chain.join(" by "));
      }
      const next = /^(?:@\/|\.)/.test(specifier) ? fileOf(specifier, path) : null;
      if (!next || cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      queue.push(next);
    }
  }
  expect(loading).toEqual(MAY);
});
