import { openDatabase } from "@/db/client";
import { foldOrganisation } from "@/server/telemetry/fold";
import { createMember, signIn } from "@/server/testing/people";
import type { Profile } from "./data/recipes";
import { readOptions, significant } from "./options";
import { openStage, type Stage } from "./programs/stage";
import { fillFleet } from "./query/fill";
import type { Measured, MeasureJob, Timing } from "./query/measure-process";

/**
 * `npm run bench:query`: how long the product's own reads take over a large fleet: 10,000 streams of 10 nodes with 30 days of
 * roll-ups and readings by the minute for the last days. Rows are written past the gateway, by the real packing and
 * roll-ups, and folded by the real fold; streams repeat some that were really generated. The reads run in a process of
 * their own that is built as the product is. The last line is one JSON object, in milliseconds; beside each figure stands
 * its target, which is for p95 on two processors that have nothing else to do.
 */

const options = readOptions({
  streams: 10_000,
  nodes: 10,
  profile: "twelve",
  days: 30,
  "raw-days": 3,
  patterns: 40,
  repeats: 20,
  seed: 1,
});

const say = (line: string) => console.log(line);
const secondsSince = (startedAt: number) => significant((performance.now() - startedAt) / 1000);

async function measure(stage: Stage, job: MeasureJob): Promise<Record<string, Timing | null>> {
  const child = await stage.forkBuilt("query/measure-process.ts");
  return new Promise((resolve, reject) => {
    child.on("message", (measured: Measured) => {
      if ("milliseconds" in measured) resolve(measured.milliseconds);
      else if ("line" in measured) say(measured.line);
      else {
        say(measured.failed);
        process.exitCode = 1;
      }
    });
    child.once("exit", (code) => reject(new Error(`what measures ended with ${code}`)));
    child.send(job);
  });
}

async function foldAll(stage: Stage, orgId: string): Promise<number> {
  const startedAt = performance.now();
  const worker = openDatabase(stage.roles.workerUrl, { applicationName: "bench-worker", connectionsMax: 4 });
  try {
    for (let rows = 1; rows > 0; ) {
      ({ rows } = await foldOrganisation(worker, orgId));
      say(`fold: ${rows} rows`);
    }
  } finally {
    await worker.close();
  }
  // As if the last readings had come just now: the fold of a month takes longer than a machine may be silent.
  await stage.admin.query("update telemetry_machines set readings_observed_at = now() + interval '1 hour'");
  await stage.admin.query("vacuum analyze");
  return secondsSince(startedAt);
}

async function main(): Promise<void> {
  const stage = await openStage("query");
  try {
    const startedAt = performance.now();
    const plan = {
      seed: options.seed,
      patterns: options.patterns,
      nodes: options.nodes,
      intervalSeconds: 60,
      profile: options.profile as Profile,
      streams: options.streams,
      days: options.days,
      rawDays: options["raw-days"],
    };
    const fleet = await fillFleet(stage.admin, plan, say);
    const fillSeconds = secondsSince(startedAt);
    const foldSeconds = await foldAll(stage, fleet.orgId);
    const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-console", connectionsMax: 4 });
    const doors = { admin: stage.admin, database };
    const owner = await createMember(doors, fleet.orgId, { email: "owner@bench.test", role: "owner" });
    const { database: _, ...caller } = await signIn(doors, owner);
    await database.close();
    const { rows } = await stage.admin.query<{ name: string; bytes: string }>("select * from list_telemetry_sizes()");
    const megabytes = Object.fromEntries(
      rows.filter(({ bytes }) => Number(bytes) > 1e6).map(({ name, bytes }) => [name, Math.round(Number(bytes) / 1e6)]),
    );
    const milliseconds = await measure(stage, {
      appUrl: stage.roles.appUrl,
      caller,
      subject: { ...plan, ...fleet },
      repeats: options.repeats,
    });
    console.log(
      JSON.stringify({
        nodes: options.streams * options.nodes,
        milliseconds,
        megabytes,
        fillSeconds,
        foldSeconds,
        setting: options,
      }),
    );
  } finally {
    await stage.close();
  }
}

await main();
