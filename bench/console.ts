import { openDatabase } from "@/db/client";
import { learnWords } from "@/server/search/learn-words";
import { dressFleet } from "./console/dress-fleet";
import type { IngestOrder, IngestReport } from "./console/steady-ingest";
import { visitAll, visitsOf } from "./console/visits";
import { percentile, readOptions, significant } from "./options";
import { openStage, type Stage } from "./programs/stage";
import { fillFleet } from "./query/fill";
import { openConsole } from "./storm/console-visits";

/**
 * `npm run bench:console` (after `npm run build`): how long the built console takes to answer what its pages ask for, over
 * HTTP, over a tenth of a fleet and over all of it: clusters of four nodes with a month of readings, inventories of 24
 * things each, while agents send to the real gateway what a fleet of that size sends. One question after the other, each
 * time about something else. The last line is one JSON object, in milliseconds. Target on two processors: p95 of 100 ms
 * for lists and the overview, of 50 ms for the search, and at most twice as long for ten times as many clusters.
 */

const options = readOptions({
  clusters: 10_000,
  nodes: 4,
  days: 30,
  patterns: 20,
  rounds: 100,
  "warm-rounds": 5,
  seed: 1,
});

type Timing = { p50: number; p95: number; p99: number };
const say = (line: string) => console.log(line);

/** Begins to send what so many clusters send in a second. @returns what ends it and says how much was stored */
async function startIngest(stage: Stage, order: IngestOrder): Promise<() => Promise<IngestReport>> {
  const child = stage.fork("console/steady-ingest.ts");
  const answer = <T>() => new Promise<T>((resolve) => child.once("message", (word) => resolve(word as T)));
  const started = answer<string>();
  child.send(order);
  const word = await started;
  if (word !== "sending") throw new Error(`the agents do not send: ${word}`);
  return async () => {
    const report = answer<IngestReport>();
    child.send("report");
    const said = await report;
    child.disconnect();
    return said;
  };
}

async function measure(clusters: number): Promise<Record<string, Timing>> {
  const stage = await openStage(`console-${clusters}`);
  try {
    const { nodes, seed, days, patterns } = options;
    const fill = { seed, patterns, nodes, intervalSeconds: 60, profile: "twelve", streams: clusters } as const;
    const { orgId } = await fillFleet(stage.admin, { ...fill, days, rawDays: 1 }, () => {});
    const agents = Math.ceil(clusters / 60);
    await dressFleet(stage.admin, orgId, { clusters, nodes, seed, speakers: agents }, () => {});
    const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-words", connectionsMax: 1 });
    await learnWords(database, orgId);
    await database.close();
    say(`${clusters} clusters: written`);
    const gateway = await stage.startGateway();
    const worker = await stage.startWorker();
    const { program, visitor } = await openConsole(stage, orgId);
    const endIngest = await startIngest(stage, { gatewayUrl: gateway.url, seed, agents, nodes });
    const visits = await visitsOf(stage.admin, orgId);
    const taken = await visitAll(visitor, visits, { rounds: options.rounds, warmRounds: options["warm-rounds"] });
    const ingest = await endIngest();
    say(`${clusters} clusters: ingest ${JSON.stringify(ingest)}`);
    if (ingest.acknowledged === 0 || ingest.closed > 0) throw new Error("the agents did not send all the time");
    await program.end("SIGTERM");
    await worker.end();
    return Object.fromEntries(
      Object.entries(taken).map(([name, milliseconds]) => {
        const at = (share: number) => significant(percentile(milliseconds, share), 3);
        const timing = { p50: at(50), p95: at(95), p99: at(99) };
        say(`${clusters} clusters, ${name}: ${JSON.stringify(timing)}`);
        return [name, timing];
      }),
    );
  } finally {
    await stage.close();
  }
}

const sizes = [Math.round(options.clusters / 10), options.clusters];
const measured: Record<string, Record<string, Timing>> = {};
for (const clusters of sizes) measured[clusters] = await measure(clusters);
console.log(JSON.stringify(measured));
