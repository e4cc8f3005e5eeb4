import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Everything that goes into a program of dist/ or .next/. The launcher and the scripts run from their source. */
const SOURCES = [
  ...["agent", "app", "components", "contract", "db", "demo", "i18n", "public", "server"],
  ...["next.config.ts", "package-lock.json", "package.json", "postcss.config.mjs", "proxy.ts", "tsconfig.json"],
];

/**
 * SHA-256 (hex) over the names and the bytes of all sources below `rootDir`, and over the platform and Node's ABI.
 * Tests are left out: they are in no program. Files that are not there count as absent.
 */
export function hashSources(rootDir: string): string {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}-${process.versions.modules}`);
  for (const path of listSources(rootDir)) {
    const bytes = readFileSync(join(rootDir, path));
    hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function listSources(rootDir: string): string[] {
  const paths = SOURCES.flatMap((source) => {
    const path = join(rootDir, source);
    if (!existsSync(path)) return [];
    if (statSync(path).isFile()) return [source];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(rootDir.length + 1));
  });
  return paths.filter((path) => !/\.test\.tsx?$|^db\/testing\//.test(path)).sort();
}
