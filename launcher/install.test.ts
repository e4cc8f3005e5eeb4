import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findInstallReason } from "./install.mjs";
import { findNodeComplaint } from "./node-version.mjs";

type Packages = Record<string, { version?: string; optional?: boolean }>;

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fernblick-install-"));
  mkdirSync(join(root, "node_modules"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(wanted: Packages, installed: Packages | null): void {
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: { "": {}, ...wanted } }));
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (installed) writeFileSync(hidden, JSON.stringify({ packages: installed }));
}

describe("npm ci runs exactly when it has to", () => {
  test("not when what is installed is what the lock says", () => {
    write({ "node_modules/a": { version: "1.0.0" } }, { "node_modules/a": { version: "1.0.0" } });
    expect(findInstallReason(root)).toBeNull();
  });

  test("not for an optional package of another platform", () => {
    write({ "node_modules/a-darwin": { version: "1.0.0", optional: true } }, {});
    expect(findInstallReason(root)).toBeNull();
  });

  test("when nothing is installed, or an install was cut short", () => {
    write({}, null);
    expect(findInstallReason(root)).toBe("the dependencies are not installed");
  });

  test("when a version differs, a package is missing, or one is left over", () => {
    write({ "node_modules/a": { version: "1.0.1" } }, { "node_modules/a": { version: "1.0.0" } });
    expect(findInstallReason(root)).toBe("node_modules/a should be 1.0.1");
    write({ "node_modules/a": { version: "1.0.1" } }, {});
    expect(findInstallReason(root)).toBe("node_modules/a should be 1.0.1");
    write({}, { "node_modules/b": { version: "1.0.0" } });
    expect(findInstallReason(root)).toBe("node_modules/b is not in package-lock.json");
  });
});

test.each(["20.19.0", "20.20.2", "22.0.0", "24.11.0"])("Node %s is new enough", (version) => {
  expect(findNodeComplaint(version)).toBeNull();
});

test.each(["12.22.0", "18.1.0", "20.18.3"])("Node %s is refused in one line that names both versions", (version) => {
  expect(findNodeComplaint(version)).toMatch(
    new RegExp(`^Fernblick needs Node 20.19 or newer; this is v${version}\\. `),
  );
  expect(findNodeComplaint(version)).not.toContain("\n");
});

test.each(["start.mjs", "node-version.mjs"])(
  "%s has no syntax that Node 12 cannot parse, so that it can complain",
  async (name) => {
    const source = readFileSync(join(import.meta.dirname, name), "utf8");
    const format = { minifyWhitespace: true, legalComments: "none" } as const;
    const asItIs = await transform(source, { ...format, target: "esnext" });
    // What Node 12 cannot parse would be rewritten (or refused, as a top-level await is).
    const forOldNode = await transform(source, { ...format, target: "node12.20" });
    expect(forOldNode.code).toBe(asItIs.code);
  },
);
