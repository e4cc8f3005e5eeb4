import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const LockEntry = z.looseObject({
  version: z.string().optional(),
  optional: z.boolean().optional(),
  dev: z.boolean().optional(),
  peer: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
type LockEntry = z.infer<typeof LockEntry>;
const Lock = z.looseObject({ packages: z.record(z.string(), LockEntry) });
type Packages = Record<string, LockEntry>;

const OPERATING_SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = [...["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"]];

/**
 * Adds the optional packages of other platforms that `npm install` leaves out of the lock when the registry it asked
 * does not carry them; `npm ci` rejects a lock without them (npm/cli issues 9342 and 9846).
 *
 * @returns the packages of the completed lock and the paths that were added, in order
 */
export function completeLock(packages: Packages): { packages: Packages; added: string[] } {
  const complete: Packages = { ...packages };
  const added: string[] = [];
  for (const [parentPath, parent] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      if (isFound(complete, parentPath, name)) continue;
      const path = `node_modules/${name}`;
      complete[path] = entryFor(name, range, parent);
      added.push(path);
    }
  }
  const [root, ...rest] = Object.entries(complete).sort(([a], [b]) => a.localeCompare(b, "en"));
  return { packages: Object.fromEntries(root ? [root, ...rest] : []), added: added.sort() };
}

/** Looks where Node looks: beside the parent, then in each node_modules above it. */
function isFound(packages: Packages, parentPath: string, name: string): boolean {
  for (let path = parentPath; ; path = path.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    if (packages[`${path ? `${path}/` : ""}node_modules/${name}`]) return true;
    if (path === "") return false;
  }
}

/** Without an integrity: we have not seen the package. npm verifies and completes it where it can download it. */
function entryFor(name: string, range: string, parent: LockEntry): LockEntry {
  const words = name.split(/[/-]/);
  const os = OPERATING_SYSTEMS.find((word) => words.includes(word) || words.includes(`${word}musl`));
  const cpu = PROCESSORS.find((word) => words.includes(word));
  const isMusl = words.some((word) => word.includes("musl"));
  const isGlibc = words.some((word) => /^gnu/.test(word));
  return {
    version: range.replace(/^[\^~]/, ""),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(parent.dev ? { dev: true } : {}),
    ...(isMusl || isGlibc ? { libc: [isMusl ? "musl" : "glibc"] } : {}),
    optional: true,
    ...(os ? { os: [os] } : {}),
    ...(parent.peer ? { peer: true } : {}),
  };
}

function main(): void {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8")) as z.infer<typeof Lock>;
  // Checked, but not replaced by what was parsed: that has its keys in another order.
  Lock.parse(lock);
  const { packages, added } = completeLock(lock.packages);
  if (added.length === 0) {
    console.log("package-lock.json is complete");
    return;
  }
  if (process.argv.includes("--check")) {
    console.error(
      `package-lock.json lacks ${added.length} optional packages of other platforms, so npm ci refuses it:`,
    );
    for (const path of added) console.error(`  ${path}`);
    console.error("Run: node --import tsx scripts/complete-lock.ts");
    process.exitCode = 1;
    return;
  }
  writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  console.log(`package-lock.json: added ${added.length} optional packages of other platforms`);
}

if (process.argv[1] && import.meta.filename === realpathSync(process.argv[1])) main();
