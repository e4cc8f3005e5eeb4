import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashSources } from "./source-hash";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fernblick-hash-"));
  for (const folder of ["server/fleet", "db/testing", "launcher"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "server/fleet/model.ts"), "export const one = 1;\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("the hash changes when a source changes, appears or is renamed", () => {
  const seen = [hashSources(root)];
  writeFileSync(join(root, "server/fleet/model.ts"), "export const one = 2;\n");
  seen.push(hashSources(root));
  writeFileSync(join(root, "server/fleet/queries.ts"), "");
  seen.push(hashSources(root));
  rmSync(join(root, "server/fleet/queries.ts"));
  writeFileSync(join(root, "server/fleet/commands.ts"), "");
  seen.push(hashSources(root));
  expect(new Set(seen).size).toBe(4);
});

test("the hash stays when only a file's time, a test or the launcher changes", () => {
  const before = hashSources(root);
  utimesSync(join(root, "server/fleet/model.ts"), 1, 1);
  writeFileSync(join(root, "server/fleet/model.test.ts"), "x");
  writeFileSync(join(root, "db/testing/rows.ts"), "x");
  writeFileSync(join(root, "launcher/main.ts"), "x");
  expect(hashSources(root)).toBe(before);
});
