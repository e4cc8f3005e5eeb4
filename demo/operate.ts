import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { SITES_DEFAULT } from "@/agent/simulated/fleet-plan";
import { openDatabase } from "@/db/client";
import { driveFleet } from "./drive";

/** `npm run demo`: drives a simulated fleet of any size against an installation that runs. */

const USAGE = `npm run demo -- [--sites ${SITES_DEFAULT}] [--seed 2] [--history-days 7] [--data .fernblick] [--gateway URL]

Needs a Fernblick that runs (npm start): its data folder (--data) says where gateway and database are. 340 sites are
400 clusters. A fleet of another --seed is another fleet; that of seed 1 is driven by npm start itself.`;

const Runtime = z.object({
  gatewayUrl: z.url(),
  databaseUrl: z.url(),
  organisationId: z.uuid("of an older version: start Fernblick anew"),
  pid: z.number(),
});

const whole = (name: string, max: number) =>
  z.coerce.number(`--${name}: expected a number`).int().min(0).max(max, `--${name}: expected ${max} at most`);
const Options = z.object({
  sites: whole("sites", 100_000).default(SITES_DEFAULT),
  seed: whole("seed", 1_000_000).default(2),
  "history-days": whole("history-days", 400).default(7),
  data: z.string().default(".fernblick"),
  gateway: z.url({ protocol: /^https?$/, error: "--gateway: expected http://… or https://…" }).optional(),
});

/** @throws Error with what is missing, in words for whoever typed the command */
async function main(): Promise<void> {
  const option = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      ...{ sites: option, seed: option, "history-days": option, data: option, gateway: option },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(USAGE);
  const parsed = Options.safeParse(values);
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ message }) => message).join("\n"));
  const { sites, seed, data, gateway, "history-days": historyDays } = parsed.data;
  const runtime = readRuntime(data);
  const database = openDatabase(runtime.databaseUrl, { applicationName: "fernblick-demo", connectionsMax: 4 });
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stopping.abort());
  const request = {
    ...{ database, organisationId: runtime.organisationId, gatewayUrl: gateway ?? runtime.gatewayUrl },
    // The fleet of npm start lies in the folder itself.
    folder: seed === 1 ? join(data, "demo") : join(data, "demo", `seed-${seed}`),
  };
  console.log(`Driving ${sites} sites of seed ${seed}; Ctrl-C stops`);
  await driveFleet({ ...request, seed, sites, historyDays, log: console.log }, stopping.signal);
  await database.close();
  process.exit(0);
}

function readRuntime(folder: string): z.infer<typeof Runtime> {
  const path = join(folder, "runtime.json");
  if (!existsSync(path)) throw new Error(`${path} is not there: no Fernblick runs with this data folder\n\n${USAGE}`);
  const parsed = Runtime.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) throw new Error(`${path}: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

if (process.argv[1] && import.meta.filename === realpathSync(process.argv[1])) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
