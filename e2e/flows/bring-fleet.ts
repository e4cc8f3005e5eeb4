import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { isDark } from "@/agent/simulated/fate";
import { openDatabase } from "@/db/client";
import { startDemo } from "@/demo/run-demo";
import { readDataFolder } from "@/e2e/fixtures/config";
import { readRuntime } from "@/e2e/fixtures/started";
import waitForRuntime from "@/e2e/fixtures/wait-for-runtime";
import { chooseOutage, FLEET, plan } from "./fleet";

const HISTORY_DAYS = 7;
const TICK_MS = 1000;
const MINUTE = 60;
const LOOK_MS = 2000;
/** The worker looks for outages every half minute. */
const FOUND_WITHIN_MS = 180_000;

/**
 * Brings the fleet in and drives it until the stories are told. What fell silent fell silent when the plan says, and a
 * gateway heard it: without that, every story would begin with minutes of waiting.
 */
export default async function bringFleet(): Promise<() => Promise<void>> {
  await waitForRuntime();
  const { databaseUrl, adminDatabaseUrl, gatewayUrl, organisationId } = readRuntime();
  const folder = join(readDataFolder(), "demo");
  mkdirSync(folder, { recursive: true });
  const database = openDatabase(databaseUrl, { applicationName: "fernblick-flows", connectionsMax: 4 });
  const now = () => Math.floor(Date.now() / 1000);
  const failures: string[] = [];
  const request = { database, organisationId, gatewayUrl, folder, ...FLEET, historyDays: HISTORY_DAYS };
  const demo = await startDemo({ ...request, now, log: (line) => failures.push(line) });
  const tick = setInterval(() => demo.driver.advance(now()), TICK_MS);
  await demo.enrolled;
  await demo.driver.settled();
  if (failures.length > 0) throw new Error(`the fleet did not come in: ${failures.slice(0, 5).join("; ")}`);
  const outage = chooseOutage(now());
  const admin = new pg.Client({ connectionString: adminDatabaseUrl });
  await admin.connect();
  await admin.query(
    "insert into gateway_runs (id, started_at, heard_at) values ($1, now() - interval '9 hours', now() - interval '1 second')",
    [randomUUID()],
  );
  await letTimePass(admin, now(), `%${outage.carrier}%`);
  return async () => {
    clearInterval(tick);
    demo.driver.close();
    await admin.end();
    await database.close();
  };
}

/** Whoever is dark was heard for the last time when its link broke. Waits until the outage is found. */
async function letTimePass(admin: pg.Client, at: number, carrier: string): Promise<void> {
  const dark = plan.agents.filter((agent) => isDark(plan, agent, at));
  const heard = dark.map((agent) => {
    let last = at;
    while (isDark(plan, agent, last) && at - last < 86_400) last -= MINUTE;
    return last;
  });
  const deadline = Date.now() + FOUND_WITHIN_MS;
  while (Date.now() < deadline) {
    await admin.query(
      `update agents set last_received_at = to_timestamp(dark.at)
       from unnest($1::text[], $2::text[], $3::float8[]) as dark (kind, name, at)
       where hostname = dark.name and (cluster_id is not null) = (dark.kind = 'cluster')`,
      [dark.map(({ kind }) => kind), dark.map(({ name }) => name), heard],
    );
    const { rowCount } = await admin.query("select from outages where ended_at is null and factors::text like $1", [
      carrier,
    ]);
    if (rowCount) return;
    await delay(LOOK_MS);
  }
  throw new Error("the outage was not found");
}
