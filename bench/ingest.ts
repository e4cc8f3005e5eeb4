import { openDatabase } from "@/db/client";
import { findFreePort } from "@/db/embedded-server";
import { idealBytesPerSample } from "./data/noisy-stream";
import type { Profile } from "./data/recipes";
import { enrolFleet } from "./fleet/enrol-fleet";
import { compactAll, measureSealedBytes, tableBytes } from "./ingest/disk";
import { measureExporterWire } from "./ingest/exporter-wire";
import { type FrameKind, type Load, type LoadPlan, momentsOf } from "./ingest/load-plan";
import { bytesPerSample, type Measured, measureLoad, perFrame, samplesPerSecond } from "./ingest/measure-load";
import { Peers } from "./ingest/peers";
import { readBack } from "./ingest/read-back";
import { SenderPool } from "./ingest/sender-pool";
import { percentile, readOptions, significant } from "./options";
import { cpuMicrosOf } from "./programs/cpu-time";
import { requireProgram } from "./programs/debian-program";
import { startPrometheus } from "./programs/prometheus";
import { openStage, type Stage } from "./programs/stage";

/**
 * `npm run bench:ingest`: what the real gateway takes in and makes durable, beside the limit (one server-side COPY of
 * the same readings into the same Postgres) and the peer (Prometheus' remote write), in one run on one machine. The
 * senders share the processors with what they measure. The last line is one JSON object.
 */

const options = readOptions({
  streams: 2_000,
  nodes: 10,
  profile: "twelve",
  seconds: 12,
  rounds: 3,
  /** Moments in each frame of the second half of the live rounds: agents that send every five minutes. */
  moments: 5,
  "in-flight": 1_000,
  /** Pushes a second of the steady phase, in which the time to the acknowledgement is measured. */
  rate: 500,
  processes: 2,
  /** Folder for a profile of the gateway's processor time; "" = none is made. */
  "cpu-prof": "",
  seed: 1,
  "sealed-streams": 20,
  /** How long one real node-exporter goes over the wire by us, Prometheus and vmagent; 0 leaves that out. */
  "exporter-seconds": 60,
  "exporter-interval": 15,
});
/** So many frames of one moment, and of several, are made ready: more than are sent in the time asked for. */
const PUSHES_PER_SECOND_MAX = 8_000;
const BATCHES_PER_SECOND_MAX = 6_000;
const FIRST_FRAMES_SECONDS_MAX = 120;

const say = (line: string) => console.log(line);

function planLoad(): LoadPlan {
  const { seed, streams, nodes, seconds, rate, moments } = options;
  const plan = {
    seed,
    streams,
    nodesPerStream: nodes,
    profile: options.profile as Profile,
    intervalSeconds: 60,
    backlogFrames: 2,
    postFrames: 4,
    liveFrames: 1 + Math.ceil((seconds * (PUSHES_PER_SECOND_MAX + rate)) / streams),
    batchFrames: 1 + Math.ceil((seconds * BATCHES_PER_SECOND_MAX) / streams),
    momentsABatch: moments,
    firstMoment: 0,
  };
  const now = Math.floor(Date.now() / 1000);
  return { ...plan, firstMoment: now - (now % 60) - 60 * momentsOf(plan) };
}

type Phases = { live: Measured[]; batch: Measured[]; steady: Measured; backlog: Measured; post: Measured };

/** All loads on the gateway, with the peers between the rounds, so that both see the same weather. */
async function runPhases(stage: Stage, pool: SenderPool, gatewayPid: number, peers: Peers): Promise<Phases> {
  const pids = { gateway: gatewayPid, postgres: stage.postgres.pid };
  const run = async (name: string, kind: FrameKind, change: Partial<Load>) => {
    const load = { seconds: options.seconds, inFlight: options["in-flight"], pushesPerSecond: null, framesEach: null };
    const measured = await measureLoad(pool, pids, kind, { ...load, ...change });
    const refused = Object.keys(measured.refused).length > 0 ? `, refused: ${JSON.stringify(measured.refused)}` : "";
    say(`${name}: ${measured.frames} frames, ${Math.round(samplesPerSecond(measured))} samples/s${refused}`);
    return measured;
  };
  // The first frame of a stream holds what later ones leave out, and makes stream and entities known.
  await run("first frames", "live", { seconds: FIRST_FRAMES_SECONDS_MAX, framesEach: 1 });
  const rounds = async (name: string, kind: FrameKind) => {
    const measured: Measured[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      measured.push(await run(name, kind, { seconds: options.seconds / options.rounds }));
      await peers.measure();
      say(`peers: ${JSON.stringify(peers.rates())}`);
    }
    return measured;
  };
  const live = await rounds("live", "live");
  const steady = await run("steady", "live", { inFlight: null, pushesPerSecond: options.rate });
  // A key again: what the gateway knows of a stream goes on from the frames of one moment.
  await run("first batches", "batch", { seconds: FIRST_FRAMES_SECONDS_MAX, framesEach: 1 });
  const batch = await rounds(`live, ${options.moments} moments`, "batch");
  const backlog = await run("backlog", "backlog", {});
  const post = await run("post", "post", {});
  return { live, batch, steady, backlog, post };
}

function describePhases(phases: Phases, peers: ReturnType<Peers["rates"]>, profile: Profile) {
  const { live, batch, steady, backlog, post } = phases;
  const rate = percentile(live.map(samplesPerSecond), 50);
  const batchRate = percentile(batch.map(samplesPerSecond), 50);
  return {
    gatewaySamplesPerSecond: Math.round(rate),
    vsPrometheus: significant(rate / peers.prometheus),
    vsCopy: { narrow: significant(rate / peers.narrow), wide: significant(rate / peers.wide) },
    inBatches: {
      moments: options.moments,
      gatewaySamplesPerSecond: Math.round(batchRate),
      vsPrometheus: significant(batchRate / peers.prometheus),
      payloadBytesPerSample: significant(bytesPerSample(batch)),
      cpuMicrosPerPush: {
        gateway: significant(perFrame(batch, ({ gatewayMicros }) => gatewayMicros)),
        postgres: significant(perFrame(batch, ({ postgresMicros }) => postgresMicros)),
      },
    },
    backlogSamplesPerSecond: Math.round(samplesPerSecond(backlog)),
    postSamplesPerSecond: Math.round(samplesPerSecond(post)),
    prometheusSamplesPerSecond: Math.round(peers.prometheus),
    copySamplesPerSecond: { narrow: Math.round(peers.narrow), wide: Math.round(peers.wide) },
    wireBytesPerSample: {
      payload: significant(steady.payloadBytes / steady.samples),
      framed: significant(steady.streamBytes / steady.samples),
      backlogPayload: significant(backlog.payloadBytes / backlog.samples),
      postFramed: significant(post.streamBytes / post.samples),
      ideal: significant(idealBytesPerSample(profile)),
    },
    cpuMicrosPerPush: {
      gateway: significant(perFrame(live, ({ gatewayMicros }) => gatewayMicros)),
      postgres: significant(perFrame(live, ({ postgresMicros }) => postgresMicros)),
      steadyGateway: significant(perFrame([steady], ({ gatewayMicros }) => gatewayMicros)),
    },
    ackP50Ms: significant(percentile(steady.ackMilliseconds, 50)),
    ackP99Ms: significant(percentile(steady.ackMilliseconds, 99)),
    saturatedAckP99Ms: significant(
      percentile(
        live.flatMap(({ ackMilliseconds }) => ackMilliseconds),
        99,
      ),
    ),
  };
}

async function measureExporter(folder: string, gatewayUrl: string) {
  const seconds = options["exporter-seconds"];
  if (seconds === 0) return null;
  say(`node-exporter over the wire for ${seconds} s`);
  const who = { seed: options.seed, stream: options.streams };
  return measureExporterWire({ folder, gatewayUrl, ...who, seconds, intervalSeconds: options["exporter-interval"] });
}

async function main(): Promise<void> {
  requireProgram("prometheus");
  const plan = planLoad();
  const stage = await openStage("ingest", options["cpu-prof"]);
  const prometheus = await startPrometheus(stage.folder, await findFreePort());
  const worker = openDatabase(stage.roles.workerUrl, { applicationName: "bench-worker", connectionsMax: 2 });
  try {
    say(`Enrolling ${plan.streams} streams of ${plan.nodesPerStream} nodes`);
    // One more, which speaks for the node-exporter.
    const { orgId } = await enrolFleet(stage.admin, { ...plan, streams: plan.streams + 1 });
    const peers = await Peers.prepare(stage, plan, prometheus.url);
    const gateway = await stage.startGateway();
    say(`Encoding ${momentsOf(plan)} moments a stream`);
    const pool = await SenderPool.start(stage, plan, gateway.url, options.processes);
    await pool.connect();
    const phases = await runPhases(stage, pool, gateway.pid, peers);
    const acknowledged = await pool.count();
    pool.close();
    const exporter = await measureExporter(stage.folder, gateway.url);

    const hotBytes = await tableBytes(stage.admin, "telemetry_inbox");
    const startedAt = performance.now();
    const nodeBefore = process.cpuUsage();
    const postgresBefore = cpuMicrosOf(stage.postgres.pid);
    await compactAll(worker, orgId);
    const seconds = (performance.now() - startedAt) / 1000;
    const nodeMicros = process.cpuUsage(nodeBefore);
    const postgresMicros = cpuMicrosOf(stage.postgres.pid) - postgresBefore;
    say(`compacted in ${significant(seconds)} s; reading back`);
    const verdict = await readBack(stage.admin, orgId, plan, acknowledged);
    const hourBytes = await tableBytes(stage.admin, "telemetry_chunks");
    const sealed = await measureSealedBytes(stage.admin, worker, orgId, plan, options["sealed-streams"]);
    const figures = {
      ...describePhases(phases, peers.rates(), plan.profile),
      diskBytesPerSample: {
        hot: significant(hotBytes / verdict.stored),
        hourChunks: significant(hourBytes / verdict.stored),
        sealed: significant(sealed.packed),
        sealedAsLeft: significant(sealed.asLeft),
      },
      compaction: {
        samplesPerSecond: Math.round(verdict.stored / seconds),
        nodeMicrosPerSample: significant((nodeMicros.user + nodeMicros.system) / verdict.stored),
        postgresMicrosPerSample: significant(postgresMicros / verdict.stored),
      },
      ...verdict,
      nodeExporter: exporter,
      setting: { ...options, node: process.version },
    };
    console.log(JSON.stringify(figures));
    if (verdict.lost + verdict.doubled + verdict.altered + verdict.invented > 0) process.exitCode = 1;
  } finally {
    await worker.close();
    await prometheus.end();
    await stage.close();
  }
}

await main();
