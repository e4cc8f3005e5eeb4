import { run } from "graphile-worker";
import { assertRoleIsBound, openDatabase } from "@/db/client";
import { readWorkerConfig } from "@/server/config";
import { log } from "@/server/log";
import { CRONTAB, tasksFor } from "./tasks";

/** The worker program: scheduled work on a queue in Postgres. Several may run; each job runs once. */
async function main(): Promise<void> {
  const config = readWorkerConfig();
  log.level = config.FERNBLICK_LOG_LEVEL;
  const database = openDatabase(config.DATABASE_URL, { applicationName: "fernblick-worker", connectionsMax: 6 });
  await assertRoleIsBound(database);
  const runner = await run({
    pgPool: database.pool,
    concurrency: 2,
    noHandleSignals: true,
    crontab: CRONTAB,
    taskList: tasksFor(database),
  });
  log.info("worker runs");
  const stop = () =>
    void runner
      .stop()
      .then(() => database.close())
      .then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  await runner.promise;
}

main().catch((error: unknown) => {
  process.stderr.write(`worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
