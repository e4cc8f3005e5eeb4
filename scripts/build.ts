import { spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build as bundle, stop as stopBundler } from "esbuild";
import { FolderLockedError, lockFolder } from "@/db/folder-lock";
import { bundleAgent } from "./agent-bundle";
import { readBuildEnvironment } from "./config";
import { hashSources } from "./source-hash";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const DIST = join(ROOT, "dist");
const STANDALONE = join(ROOT, ".next", "standalone");
const BUILD_FILE = join(DIST, "build.json");
const LOG_FILE = join(DIST, "next-build.log");
const QUOTED_LINES = 30;

/** The programs that a build makes, as absolute paths. */
export const PROGRAMS = {
  gateway: join(DIST, "gateway.mjs"),
  worker: join(DIST, "worker.mjs"),
  agent: join(DIST, "fernblick-agent.cjs"),
  demo: join(DIST, "demo.mjs"),
  console: join(STANDALONE, "server.js"),
} as const;

export type BuildRequest = {
  log: (line: string) => void;
  /** Stops a running build. */
  signal?: AbortSignal;
};

/**
 * Builds when the sources differ from those of the last build, or when one of its programs is missing. Of two that
 * ask at the same time, one builds and the other waits for it.
 *
 * @returns whether a build was made
 * @throws Error with the last lines of the log when the build fails
 */
export async function buildIfNeeded(request: BuildRequest): Promise<boolean> {
  if (isBuilt(hashSources(ROOT))) return false;
  return withBuildLock(request, async () => {
    const sourceHash = hashSources(ROOT);
    if (isBuilt(sourceHash)) return false;
    await buildAll(sourceHash, request);
    return true;
  });
}

function isBuilt(sourceHash: string): boolean {
  if (!Object.values(PROGRAMS).every((path) => existsSync(path)) || !existsSync(BUILD_FILE)) return false;
  const text = readFileSync(BUILD_FILE, "utf8");
  return text.includes(`"sourceHash":"${sourceHash}"`);
}

async function withBuildLock<T>({ log, signal }: BuildRequest, work: () => Promise<T>): Promise<T> {
  mkdirSync(DIST, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      const lock = lockFolder(DIST);
      return await work().finally(() => lock.release());
    } catch (error) {
      if (!(error instanceof FolderLockedError)) throw error;
      if (attempt === 1) log(`Waiting for the build of process ${error.pid}`);
      await delay(500, undefined, { signal });
    }
  }
}

async function buildAll(sourceHash: string, { signal, log }: BuildRequest): Promise<void> {
  rmSync(BUILD_FILE, { force: true });
  const startedAt = Date.now();
  await buildPrograms();
  log("Gateway, worker and agent are bundled; building the console takes a minute or two");
  await buildConsole(signal);
  const buildSeconds = Math.round((Date.now() - startedAt) / 1000);
  writeFileSync(BUILD_FILE, `${JSON.stringify({ sourceHash, builtAt: new Date().toISOString(), buildSeconds })}\n`);
}

/** The servers find their packages in node_modules; the agent is one file that needs nothing but Node. */
async function buildPrograms(): Promise<void> {
  const server: BuildOptions = {
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "silent",
    legalComments: "none",
    // The mark that keeps server code out of browser bundles throws outside of React's own server build.
    alias: { "server-only": join(ROOT, "node_modules", "server-only", "empty.js") },
    format: "esm",
    packages: "external",
    sourcemap: "linked",
  };
  try {
    await Promise.all([
      bundle({ ...server, entryPoints: ["server/gateway/main.ts"], outfile: PROGRAMS.gateway }),
      bundle({ ...server, entryPoints: ["server/worker/main.ts"], outfile: PROGRAMS.worker }),
      bundle({ ...server, entryPoints: ["demo/main.ts"], outfile: PROGRAMS.demo }),
      bundleAgent(PROGRAMS.agent),
    ]);
  } catch (error) {
    throw new Error(`The build failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    // Else its helper process lives as long as we do.
    await stopBundler();
  }
  chmodSync(PROGRAMS.agent, 0o755);
}

async function buildConsole(signal?: AbortSignal): Promise<void> {
  rmSync(STANDALONE, { recursive: true, force: true });
  const code = await runNextBuild(signal);
  if (code !== 0) {
    const lines = readFileSync(LOG_FILE, "utf8").trimEnd().split("\n").slice(-QUOTED_LINES);
    throw new Error(`The console does not build (whole log: ${LOG_FILE}):\n${lines.join("\n")}`);
  }
  if (!existsSync(PROGRAMS.console)) {
    throw new Error(
      `next build made no ${PROGRAMS.console}: is there a package-lock.json in a folder above the clone?`,
    );
  }
  // What a browser loads is not part of Next's standalone folder; normally a CDN would serve it.
  cpSync(join(ROOT, ".next", "static"), join(STANDALONE, ".next", "static"), { recursive: true });
  if (existsSync(join(ROOT, "public"))) cpSync(join(ROOT, "public"), join(STANDALONE, "public"), { recursive: true });
}

function runNextBuild(signal?: AbortSignal): Promise<number> {
  const logFd = openSync(LOG_FILE, "w");
  const child = spawn(process.execPath, [join(ROOT, "node_modules", "next", "dist", "bin", "next"), "build"], {
    cwd: ROOT,
    env: readBuildEnvironment(),
    stdio: ["ignore", logFd, logFd],
    signal,
  });
  closeSync(logFd);
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => done(code ?? 1));
  });
}

async function main(): Promise<void> {
  const log = (line: string) => console.log(line);
  if (!process.argv.includes("--if-needed")) rmSync(BUILD_FILE, { force: true });
  if (!(await buildIfNeeded({ log }))) log("Nothing to build: the sources have not changed since the last build");
}

if (process.argv[1] && import.meta.filename === realpathSync(process.argv[1])) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
