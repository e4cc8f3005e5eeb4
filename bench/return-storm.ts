import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "@/db/client";
import { compactOrganisation } from "@/server/telemetry/compact";
import { enrolFleet } from "./fleet/enrol-fleet";
import { percentile, readOptions, significant } from "./options";
import { cpuMicrosOf, residentBytesOf } from "./programs/cpu-time";
import { openStage, type Stage } from "./programs/stage";
import { openConsole, visit } from "./storm/console-visits";
import type { StormOrder, StormReport } from "./storm/storm-plan";

/**
 * `npm run bench:return-storm`: many agents come back after an hour, each with its newest moment and an hour of backlog,
 * to one real gateway with its Postgres. How long until all are current, what memory does it take, what do refusals
 * cost, and how fast is the console meanwhile? An agent leaves once it is current: a process here may hold 20,000 sockets
 * at most. Needs `npm run build`. Last line: one JSON object.
 */

const options = readOptions({
  agents: 50_000,
  nodes: 2,
  "backlog-moments": 60,
  processes: 3,
  "seconds-max": 900,
  /** Who was away for an hour is somewhere in its longest pause: attempts come over so many seconds. */
  "spread-seconds": 300,
  seed: 1,
});

type Watched = { residentBytesMax: number; readyMilliseconds: number[] };

/** Memory of the gateway, and how fast it answers something small, while the storm blows. */
async function watch(gateway: { pid: number; url: string }, signal: AbortSignal): Promise<Watched> {
  const watched: Watched = { residentBytesMax: 0, readyMilliseconds: [] };
  while (!signal.aborted) {
    watched.residentBytesMax = Math.max(watched.residentBytesMax, residentBytesOf(gateway.pid));
    const startedAt = performance.now();
    await fetch(`${gateway.url}/readyz`).catch(() => null);
    watched.readyMilliseconds.push(performance.now() - startedAt);
    await delay(500);
  }
  return watched;
}

async function compactMeanwhile(stage: Stage, orgId: string, signal: AbortSignal): Promise<void> {
  const worker = openDatabase(stage.roles.workerUrl, { applicationName: "bench-worker", connectionsMax: 2 });
  while (!signal.aborted) {
    const { frames } = await compactOrganisation(worker, orgId, { streamsMax: 500 });
    if (frames === 0) await delay(500);
  }
  await worker.close();
}

/** Runs the processes of agents and keeps their newest reports. */
async function blow(
  stage: Stage,
  gatewayUrl: string,
): Promise<{ reports: StormReport[]; seconds: number; rates: number[] }> {
  const now = Math.floor(Date.now() / 1000);
  const share = Math.ceil(options.agents / options.processes);
  const reports: StormReport[] = [];
  const startedAt = performance.now();
  const rates: number[] = [];
  const sumOf = (take: (report: StormReport) => number) => reports.reduce((sum, report) => sum + take(report), 0);
  const children = Array.from({ length: options.processes }, (_, index) => {
    const child = stage.fork("storm/agent-process.ts");
    const order: StormOrder = {
      gatewayUrl,
      seed: options.seed,
      from: index * share,
      to: Math.min(options.agents, (index + 1) * share),
      nodes: options.nodes,
      backlogMoments: options["backlog-moments"],
      intervalSeconds: 60,
      newestMoment: now,
      seconds: options["seconds-max"],
      spreadSeconds: options["spread-seconds"],
    };
    child.send(order);
    child.on("message", (report: StormReport) => {
      const before = reports[index];
      report.refusalMilliseconds.push(...(before?.refusalMilliseconds ?? []));
      report.retryAfterSeconds.push(...(before?.retryAfterSeconds ?? []));
      reports[index] = report;
    });
    return child;
  });
  let samplesBefore = 0;
  for (let second = 1; reports.length < children.length || reports.some(({ isDone }) => !isDone); second += 1) {
    await delay(1_000);
    if (children.some(({ exitCode }) => exitCode !== null)) throw new Error("a process of agents ended");
    const samples = sumOf((report) => report.samples);
    rates.push(samples - samplesBefore);
    samplesBefore = samples;
    if (second % 10 === 0) {
      const parts = ["current", "connecting", "refused", "broken"] as const;
      console.log(`${second} s: ${parts.map((part) => `${part} ${sumOf((report) => report[part])}`).join(", ")}`);
    }
  }
  return { reports, seconds: (performance.now() - startedAt) / 1000, rates };
}

async function main(): Promise<void> {
  const stage = await openStage("storm");
  try {
    console.log(`Enrolling ${options.agents} agents`);
    const { orgId } = await enrolFleet(stage.admin, {
      seed: options.seed,
      streams: options.agents,
      nodesPerStream: options.nodes,
    });
    const gateway = await stage.startGateway();
    let hasDied = false;
    void gateway.ended.then(() => {
      hasDied = true;
    });
    const stop = new AbortController();
    const { program, visitor } = await openConsole(stage, orgId);
    const visiting = visit(visitor, stop.signal);
    const watching = watch(gateway, stop.signal);
    const compacting = compactMeanwhile(stage, orgId, stop.signal);
    const { reports, seconds, rates } = await blow(stage, gateway.url);
    const gatewayMicros = cpuMicrosOf(gateway.pid);
    stop.abort();
    const [watched, visits] = await Promise.all([watching, visiting, compacting]);
    await program.end("SIGTERM");
    const { failed, ...times } = visits;
    const sum = (take: (report: StormReport) => number) => reports.reduce((total, report) => total + take(report), 0);
    const all = (take: (report: StormReport) => number[]) => reports.flatMap(take);
    const current = sum((report) => report.current);
    console.log(
      JSON.stringify({
        agents: options.agents,
        current,
        secondsUntilCurrent: significant(seconds),
        gatewayDied: hasDied,
        gatewayResidentMegabytesMax: Math.round(watched.residentBytesMax / 1e6),
        samplesPerSecond: { mean: Math.round(sum((report) => report.samples) / seconds), p90: percentile(rates, 90) },
        refused: sum((report) => report.refused),
        broken: sum((report) => report.broken),
        refusalP99Ms: significant(
          percentile(
            all((report) => report.refusalMilliseconds),
            99,
          ),
        ),
        retryAfterSeconds: {
          p50: percentile(
            all((report) => report.retryAfterSeconds),
            50,
          ),
          p99: percentile(
            all((report) => report.retryAfterSeconds),
            99,
          ),
        },
        readyP95Ms: significant(percentile(watched.readyMilliseconds, 95)),
        consoleP95Ms: Object.fromEntries(
          Object.entries(times).map(([name, taken]) => [name, significant(percentile(taken, 95))]),
        ),
        consoleFailed: failed.length,
        gatewayCpuSeconds: significant(gatewayMicros / 1e6),
        setting: options,
      }),
    );
    for (const line of failed.slice(0, 5)) console.error(line);
    if (hasDied || current < options.agents || failed.length > 0) process.exitCode = 1;
  } finally {
    await stage.close();
  }
}

await main();
