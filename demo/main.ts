import { SITES_DEFAULT } from "@/agent/simulated/fleet-plan";
import { openDatabase } from "@/db/client";
import { readDemoEnvironment } from "./config";
import { driveFleet } from "./drive";

/** The program that `npm start` runs: 400 simulated clusters, and the history that they bring. */
const SEED = 1;
const HISTORY_DAYS = 7;

async function main(): Promise<void> {
  const environment = readDemoEnvironment();
  const database = openDatabase(environment.DATABASE_URL, { applicationName: "fernblick-demo", connectionsMax: 4 });
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stopping.abort());
  const request = {
    database,
    organisationId: environment.FERNBLICK_DEMO_ORGANISATION,
    gatewayUrl: environment.FERNBLICK_DEMO_GATEWAY,
    folder: environment.FERNBLICK_DEMO_FOLDER,
  };
  const log = (line: string) => process.stdout.write(`${line}\n`);
  await driveFleet({ ...request, seed: SEED, sites: SITES_DEFAULT, historyDays: HISTORY_DAYS, log }, stopping.signal);
  await database.close();
  process.exit(0);
}

main().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
