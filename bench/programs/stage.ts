import { type ChildProcess, fork } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "@/db/embedded";
import { findFreePort } from "@/db/embedded-server";
import { migrate } from "@/db/migrate";
import { type LoginRoles, provisionLoginRoles } from "@/db/roles";
import { until } from "@/e2e/system/programs";
import { bundleAgent } from "@/scripts/agent-bundle";
import { type StartedProgram, startProgram } from "./debian-program";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Below the root, so that the bundles find the packages. */
const BUNDLES = join(ROOT, "node_modules", ".cache", "fernblick-bench");

const ENTRIES = { gateway: "server/gateway/main.ts", worker: "server/worker/main.ts", agent: "agent/main.ts" } as const;
type Entry = keyof typeof ENTRIES;

/** A database of its own with the real schema and roles, and the programs of the product as they are in the tree now. */
export type Stage = {
  /** Everything that the bench writes to disk; removed at the end. */
  folder: string;
  postgres: EmbeddedPostgres;
  roles: LoginRoles;
  admin: pg.Client;
  startGateway(port?: number): Promise<StartedProgram & { port: number; url: string }>;
  startWorker(): Promise<StartedProgram>;
  startAgent(
    parameters: readonly string[],
    dataFolder: string,
    intervalSeconds: number,
    environment?: Record<string, string>,
  ): Promise<StartedProgram>;
  /** A TypeScript file of the bench as a process of its own; messages go both ways. */
  fork(file: string): ChildProcess;
  /** The same built as the product is: what runs from its sources is slower in its inner loops. */
  forkBuilt(file: string): Promise<ChildProcess>;
  restartPostgres(): Promise<void>;
  stopPostgres(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens a stage with a durable Postgres. Call `close` in a `finally`.
 * @param profiles folder into which the programs write where their processor time went; "" = nowhere
 */
export async function openStage(name: string, profiles = ""): Promise<Stage> {
  const nodeOptions = profiles ? ["--cpu-prof", "--cpu-prof-dir", profiles] : [];
  const folder = mkdtempSync(join(tmpdir(), `fernblick-${name}-`));
  // The database's own user has to pass through.
  chmodSync(folder, 0o755);
  const options = { dataDir: join(folder, "database"), durable: true };
  let postgres = await startEmbeddedPostgres(options);
  await migrate(postgres.adminUrl);
  const roles = await provisionLoginRoles(postgres.adminUrl, {
    suffix: "bench",
    appPassword: "app-password-of-benches",
    workerPassword: "worker-password-of-benches",
  });
  const programs: StartedProgram[] = [];
  const children: ChildProcess[] = [];
  const bundles = new Map<Entry, Promise<string>>();
  const start = async (entry: Entry, environment: Record<string, string>, parameters: readonly string[] = []) => {
    const bundled = bundles.get(entry) ?? bundle(entry, join(BUNDLES, name));
    bundles.set(entry, bundled);
    const logFile = join(folder, `${entry}-${programs.length}.log`);
    const program = startProgram(
      process.execPath,
      [...nodeOptions, await bundled, ...parameters],
      logFile,
      environment,
    );
    programs.push(program);
    return program;
  };
  const stage: Stage = {
    folder,
    postgres,
    roles,
    admin: await connect(postgres.adminUrl),
    startGateway: async (wanted) => {
      const port = wanted ?? (await findFreePort());
      const environment = { DATABASE_URL: roles.appUrl, GATEWAY_PORT: String(port), FERNBLICK_LOG_LEVEL: "warn" };
      const program = await start("gateway", environment);
      const url = `http://127.0.0.1:${port}`;
      let hasEnded = false;
      void program.ended.then(() => {
        hasEnded = true;
      });
      await until("the gateway is ready", async () => {
        if (hasEnded) throw new Error(`the gateway ended; its words: ${folder}`);
        return (await fetch(`${url}/readyz`).catch(() => null))?.status === 200;
      });
      return { ...program, port, url };
    },
    startWorker: () => start("worker", { DATABASE_URL: roles.workerUrl, FERNBLICK_LOG_LEVEL: "warn" }),
    startAgent: (parameters, dataFolder, intervalSeconds, environment = {}) => {
      const variables = { ...environment, FERNBLICK_AGENT_INTERVAL: String(intervalSeconds) };
      return start("agent", variables, [...parameters, "--data", dataFolder]);
    },
    fork: (file) => {
      const child = fork(join(ROOT, "bench", file), [], { execArgv: ["--import", "tsx"], cwd: ROOT });
      children.push(child);
      return child;
    },
    forkBuilt: async (file) => {
      const outfile = join(BUNDLES, name, file.replace(/\W/g, "-").replace(/-ts$/, ".mjs"));
      await buildFile(`bench/${file}`, outfile);
      const child = fork(outfile, [], { cwd: ROOT });
      children.push(child);
      return child;
    },
    stopPostgres: async () => {
      await stage.admin.end().catch(() => {});
      await postgres.stop();
    },
    restartPostgres: async () => {
      postgres = await startEmbeddedPostgres(options);
      stage.postgres = postgres;
      stage.admin = await connect(postgres.adminUrl);
    },
    close: async () => {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(programs.map((program) => program.end()));
      await stage.admin.end().catch(() => {});
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

/** A connection that may break: benches stop the server under it. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Bundles a program as the product's build does. @returns its file */
async function bundle(entry: Entry, folder: string): Promise<string> {
  if (entry === "agent") {
    const outfile = join(folder, "agent.cjs");
    await bundleAgent(outfile);
    return outfile;
  }
  const outfile = join(folder, `${entry}.mjs`);
  await buildFile(ENTRIES[entry], outfile);
  return outfile;
}

async function buildFile(file: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "error",
    alias: { "server-only": join(ROOT, "node_modules", "server-only", "empty.js") },
    entryPoints: [file],
    outfile,
    format: "esm",
    packages: "external",
  });
}
