import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "@/db/client";
import { createJoinToken } from "@/e2e/system/join-token";
import { until } from "@/e2e/system/programs";
import { startWire, type Wire } from "@/e2e/system/wire";
import { createRandom, type Random } from "./data/random";
import { compactAll } from "./ingest/disk";
import { percentile, readOptions, significant } from "./options";
import { openStage, type Stage } from "./programs/stage";
import { coverageOf } from "./store/coverage";

/**
 * `npm run bench:thin-link`: the real agent over 20 kbit/s with 800 ms each way, stalled one twentieth of the time and
 * reset once a minute. How old is what the server knows, what did it cost, and is anything missing? The last line is
 * one JSON object.
 */

const options = readOptions({
  minutes: 30,
  "interval-seconds": 10,
  "bits-per-second": 20_000,
  "latency-ms": 800,
  "jitter-ms": 200,
  "stalled-share": 0.05,
  "resets-per-minute": 1,
  seed: 1,
});
const STALL_SECONDS_MEAN = 5;

/** Stalls and resets until the signal; both at random times, so that they hit every phase of a transfer. */
async function disturb(wire: Wire, random: Random, signal: AbortSignal): Promise<{ stalls: number; resets: number }> {
  const done = { stalls: 0, resets: 0 };
  const stallsPerSecond = options["stalled-share"] / STALL_SECONDS_MEAN;
  while (!signal.aborted) {
    await delay(1_000);
    if (random.chance(stallsPerSecond)) {
      wire.stall(2 * STALL_SECONDS_MEAN * 1000 * random.next());
      done.stalls += 1;
    }
    if (random.chance(options["resets-per-minute"] / 60)) {
      wire.reset();
      done.resets += 1;
    }
  }
  return done;
}

/** Each second: how old the newest moment is that is stored, in seconds. */
async function watchAge(stage: Stage, signal: AbortSignal): Promise<number[]> {
  const ages: number[] = [];
  while (!signal.aborted) {
    const { rows } = await stage.admin.query<{ age: number | null }>(
      `select extract(epoch from clock_timestamp())::float8 - greatest(
         (select max(last_moment) from telemetry_inbox), (select max(last_moment) from telemetry_chunks)) as age`,
    );
    const age = rows[0]?.age;
    if (typeof age === "number") ages.push(age);
    await delay(1_000);
  }
  return ages;
}

async function enrol(stage: Stage, gatewayUrl: string, dataFolder: string): Promise<string> {
  const token = await createJoinToken(stage.admin);
  const enrolment = await stage.startAgent(["enrol", "--gateway", gatewayUrl, "--token", token], dataFolder, 1);
  await enrolment.ended;
  const { rows } = await stage.admin.query<{ org_id: string }>("select org_id from agents");
  const [agent] = rows;
  if (!agent) throw new Error(`the agent was not enrolled; its words: ${stage.folder}`);
  return agent.org_id;
}

async function main(): Promise<void> {
  const stage = await openStage("thin-link");
  const random = createRandom(options.seed);
  const gateway = await stage.startGateway();
  const wire = await startWire(gateway.port, {}, random.next);
  const worker = openDatabase(stage.roles.workerUrl, { applicationName: "bench-worker", connectionsMax: 2 });
  try {
    const dataFolder = join(stage.folder, "agent");
    mkdirSync(dataFolder);
    const orgId = await enrol(stage, wire.url, dataFolder);
    wire.shape({
      bitsPerSecond: options["bits-per-second"],
      latencyMilliseconds: options["latency-ms"],
      jitterMilliseconds: options["jitter-ms"],
    });
    const before = wire.count();
    const agent = await stage.startAgent(["run"], dataFolder, options["interval-seconds"]);
    await until("the first moment is stored", async () => {
      const { rows } = await stage.admin.query("select from telemetry_inbox limit 1");
      return rows.length > 0;
    });
    const stop = new AbortController();
    const disturbing = disturb(wire, random, stop.signal);
    const watching = watchAge(stage, stop.signal);
    await delay(options.minutes * 60_000);
    stop.abort();
    const [disturbance, ages] = await Promise.all([disturbing, watching]);
    const count = wire.count();
    // What waits may go over a good link now: lost is what never comes.
    wire.shape({ bitsPerSecond: null, latencyMilliseconds: 0, jitterMilliseconds: 0 });
    await delay(30_000);
    await agent.end();
    await compactAll(worker, orgId);
    const coverage = await coverageOf(stage.admin, orgId, options["interval-seconds"]);
    const bytes = count.upBytes + count.downBytes - before.upBytes - before.downBytes;
    const withPackets = bytes + count.packetHeaderBytes - before.packetHeaderBytes;
    const samples = coverage.samples;
    console.log(
      JSON.stringify({
        freshnessSeconds: {
          p50: significant(percentile(ages, 50)),
          p95: significant(percentile(ages, 95)),
          max: significant(percentile(ages, 100)),
        },
        bytesPerSample: { framed: significant(bytes / samples), withPackets: significant(withPackets / samples) },
        kilobitsPerSecond: significant((withPackets * 8) / 1000 / (options.minutes * 60)),
        ...coverage,
        ...disturbance,
        connections: count.connections,
        setting: options,
      }),
    );
    if (coverage.lostSeconds > 0) process.exitCode = 1;
  } finally {
    await worker.close();
    await wire.close();
    await stage.close();
  }
}

await main();
