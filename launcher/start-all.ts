import { join } from "node:path";
import { migrate } from "@/db/migrate";
import { provisionLoginRoles } from "@/db/roles";
import { type DemoAccount, seedDemoAccounts } from "@/db/seed/demo-accounts";
import { buildIfNeeded } from "@/scripts/build";
import type { ChildProgram } from "./child-program";
import type { LauncherConfig } from "./config";
import { chooseDataFolder, openDataFolder, requireFreeSpace } from "./data-folder";
import { openAdminDatabase } from "./database";
import { waitUntilHealthy } from "./health";
import { enrolLocalAgent } from "./local-agent";
import { requireFreePort } from "./ports";
import { writePrivateJson } from "./private-file";
import { createAgentProgram, createDemoProgram, createServerPrograms } from "./programs";
import type { Progress } from "./progress";
import type { Running } from "./running";
import { readOrCreateDemoAccounts, readOrCreateSecrets } from "./secrets";

/** A cold start on a slow machine with a busy disk. */
const HEALTH_SECONDS_MAX = 90;

export type StartRequest = {
  rootDir: string;
  config: LauncherConfig;
  progress: Progress;
  /** Filled while things start, so that the caller can stop them when this fails half way. */
  running: Running;
  /** Aborted when a person wants to stop before the start is through. */
  signal: AbortSignal;
  giveUp: (reason: string) => void;
};

export type Started = { dataFolder: string; logsDir: string; accounts: DemoAccount[] };

/**
 * Starts everything, in the order of what needs what.
 * @throws Error with one clear line when a step fails; what is up by then is in `running`
 */
export async function startAll(request: StartRequest): Promise<Started> {
  const { config, progress, running, signal, rootDir } = request;
  // The folder first: of two starts with the same settings, the second should hear of the first and not of its ports.
  const folder = openFolder(request);
  await requireFreePort("PORT", config.port, config.bindAddress);
  await requireFreePort("GATEWAY_PORT", config.gatewayPort, config.bindAddress);

  const secrets = readOrCreateSecrets(folder.path);
  const accounts = readOrCreateDemoAccounts(folder.path);
  const { adminUrl } = await progress.step(
    ({ version, embedded }) => (embedded ? `Postgres ${version} started` : `Connected to Postgres ${version}`),
    async () => {
      const database = await openAdminDatabase(config.databaseUrl, folder.path, (line) => progress.note(line));
      running.embedded = database.embedded;
      return database;
    },
  );
  signal.throwIfAborted();
  void running.embedded?.exited.then(() =>
    request.giveUp(`Postgres ended by itself (log: ${join(folder.path, "postgres", "server.log")})`),
  );

  await progress.step(
    ({ applied }) => (applied.length > 0 ? `Database migrated (${applied.length})` : "Database is up to date"),
    () => migrate(adminUrl),
  );
  const { roles, organisationId } = await progress.step("Roles and demo accounts are ready", async () => ({
    roles: await provisionLoginRoles(adminUrl, { suffix: secrets.roleSuffix, ...secrets }),
    organisationId: (await seedDemoAccounts(adminUrl, accounts)).organisationId,
  }));
  signal.throwIfAborted();

  // After what can be refused: a build takes a minute, and a wrong DATABASE_URL should be said before it.
  await progress.step(
    (isBuilt) => (isBuilt ? "Built from source" : "Build is up to date"),
    async () => {
      requireFreeSpace(rootDir);
      return buildIfNeeded({ log: (line) => progress.note(line), signal });
    },
  );
  const plan = { logsDir: folder.logsDir, warn: (text: string) => progress.warn(text), giveUp: request.giveUp };
  const servers = createServerPrograms({ ...plan, config, roles, authSecret: secrets.authSecret });
  const up = (program: ChildProgram, healthUrl: string | null) => bringUp(request, program, healthUrl);
  await progress.step(`Gateway answers on port ${config.gatewayPort}`, () =>
    up(servers.gateway, `${config.gatewayUrl}/readyz`),
  );
  await progress.step("Worker runs", () => up(servers.worker, null));
  await progress.step(`Console answers on port ${config.port}`, () =>
    up(servers.console, `${config.consoleUrl}/api/health`),
  );

  const agentDir = join(folder.path, "agent");
  await progress.step(
    (isIn) => (isIn ? "Agent of this machine runs" : "Agent of this machine was revoked: not started"),
    async () => {
      const enrolment = { appUrl: roles.appUrl, organisationId, gatewayUrl: config.gatewayUrl, agentDir };
      if (!(await enrolLocalAgent(enrolment))) return false;
      await up(createAgentProgram(plan, agentDir), null);
      return true;
    },
  );

  if (config.isDemoOn) {
    const demo = {
      ...{ appUrl: roles.appUrl, organisationId, gatewayUrl: config.gatewayUrl },
      folder: join(folder.path, "demo"),
    };
    await progress.step("Simulated fleet comes in (FERNBLICK_DEMO=off leaves it out)", () =>
      up(createDemoProgram(plan, demo), null),
    );
  }

  running.runtimeFile = join(folder.path, "runtime.json");
  writePrivateJson(running.runtimeFile, {
    consoleUrl: config.consoleUrl,
    gatewayUrl: config.gatewayUrl,
    databaseUrl: roles.appUrl,
    organisationId,
    adminDatabaseUrl: adminUrl,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  });
  return { dataFolder: folder.path, logsDir: folder.logsDir, accounts };
}

function openFolder({ config, rootDir, progress, running }: StartRequest): { path: string; logsDir: string } {
  const choice = config.dataFolder === null ? chooseDataFolder(rootDir, config.databaseUrl === null) : null;
  const folder = openDataFolder(choice?.path ?? config.dataFolder ?? "");
  running.lock = folder.lock;
  progress.logTo(join(folder.logsDir, "launcher.log"));
  if (choice?.reason) progress.note(`Data goes to ${folder.path}: ${choice.reason}`);
  return folder;
}

/** Starts a program and waits until it answers, or, without a URL, until it has lived for a moment. */
async function bringUp(
  { running, signal }: StartRequest,
  program: ChildProgram,
  healthUrl: string | null,
): Promise<void> {
  signal.throwIfAborted();
  running.programs.push(program);
  program.start();
  const healthy = healthUrl ? waitUntilHealthy(healthUrl, HEALTH_SECONDS_MAX, signal) : program.livedFor(500);
  await Promise.race([healthy, program.earlyDeath]);
  program.markUp();
}
