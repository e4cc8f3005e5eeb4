import { createHash } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import type { Logger } from "pino";
import { DICTIONARY_HASH_BYTES } from "@/contract/messages";
import type { AgentHealth, AgentSettings } from "@/contract/session";
import { Collection, type Reading } from "./collection";
import type { AgentConfig } from "./config";
import { DataLockError, lockData } from "./data-lock";
import { FolderDisk } from "./disk";
import { findJson, makePrivateFolder, writeDurably } from "./durable-file";
import { ClockState, EdgeClock } from "./edge-clock";
import { AgentEngine, type LinkState } from "./engine";
import { describeFailure, GatewayClient } from "./gateway-client";
import { findText } from "./host-roots";
import { findIdentity, type Identity } from "./identity-file";
import type { ClusterSource } from "./kubernetes/cluster-source";
import { runLink } from "./link";
import { linkSample } from "./link-sample";
import { Recorder, RecorderState } from "./recorder";
import { ReportParts } from "./report-parts";
import { ProfileChooser, paceOf } from "./session/profile";
import { CLUSTER_COUNTERS_MAX, CounterState, Settler } from "./settle";
import { Signer } from "./sign";
import { SPOOL_FOLDER } from "./spool/segment-files";
import { StateFile } from "./state-file";
import { AGENT_VERSION } from "./version";

/** The agent cannot start, in one line that says what to do. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** Until the gateway says otherwise. */
const SETTINGS_DEFAULT: AgentSettings = { intervalSeconds: 60, batchSeconds: 60, profile: "full", budget: null };
/** A stop is asked for when the machine goes down: what is in work gets that long. */
const STOP_MILLISECONDS_MAX = 1_500;

/**
 * Collects and sends until `signal`. Collecting never waits for sending.
 * @returns false when something hangs in the kernel, so that the process cannot end by itself
 * @throws RunError, StateFileError
 */
export async function runAgent(config: AgentConfig, log: Logger, signal: AbortSignal): Promise<boolean> {
  const identity = await getIdentity(config.dataPath);
  const unlock = await takeFolder(config.dataPath);
  const startedAt = new Date();
  const files = new StateFiles(config.dataPath, log);
  const bootId = await findText(config.roots.proc, "sys/kernel/random/boot_id");
  const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
  const clockState = await files.find("clock.json", ClockState);
  const sinceBoot = await bootClock(config);
  const edgeClock = new EdgeClock(sinceBoot, bootId, clockState, (state) => files.write("clock.json", state));
  const state = await StateFile.open(config.dataPath);
  const signer = new Signer(identity.agentId, identity.privateKey);
  const disk = new FolderDisk(join(config.dataPath, SPOOL_FOLDER));
  const epoch = await state.beginEpoch(AgentEngine.newestEpoch(disk));
  const chooser = new ProfileChooser();
  const cluster = config.kubernetes ? await openClusterSource(config.kubernetes.kubeconfig) : null;
  const engine = new AgentEngine(
    {
      keyId: identity.agentId,
      epoch,
      version: AGENT_VERSION,
      bootId,
      disk,
      spoolBytesMax: config.spoolBytesMax,
      clock,
      edgeClock,
      random: Math.random,
      sign: (text) => signer.sign(text),
      hash: (text) => createHash("sha256").update(text).digest().subarray(0, DICTIONARY_HASH_BYTES),
      deflate: (text) => deflateRawSync(text),
      ...(cluster ? { inventory: cluster.inventory } : {}),
      onSettings: () => collection.reschedule(),
      onLink: (link, reason) => logLink(log, link, reason, engine),
      onWarning: (text) => log.warn(text),
    },
    SETTINGS_DEFAULT,
  );
  edgeClock.continueAfter(engine.spool.newest);
  // What is counted in a cluster does not begin again with the machine that its agent happens to run on.
  const countedBoot = cluster ? null : bootId;
  const recorder = new Recorder(countedBoot, await files.find("recorded.json", RecorderState), engine.spool.newest);
  const counters = await files.find("counters.json", CounterState);
  const settler = new Settler(counters ?? undefined, cluster ? CLUSTER_COUNTERS_MAX : undefined);
  const parts = new ReportParts();
  const pace = () => {
    const chosen = paceOf(chooser.profile, engine.settings);
    if (config.intervalSeconds === null) return chosen;
    // An interval that the operator fixed keeps the sense of the server's: gathered only when that was asked for.
    const isGathered = chosen.batchSeconds > chosen.intervalSeconds;
    const batchSeconds = isGathered ? chosen.batchSeconds : config.intervalSeconds;
    return { ...chosen, intervalSeconds: config.intervalSeconds, batchSeconds };
  };
  log.info(
    {
      version: AGENT_VERSION,
      gateway: identity.gateway,
      agentId: identity.agentId,
      epoch,
      spooled: engine.spool.moments,
    },
    "agent started",
  );

  const health = (): AgentHealth => ({
    version: AGENT_VERSION,
    startedAt: startedAt.toISOString(),
    // The measure for "silent": how often something is heard of this agent.
    intervalSeconds: Math.max(pace().intervalSeconds, pace().batchSeconds),
    profile: chooser.profile,
    spoolMoments: engine.spool.moments,
    spoolBytes: engine.spool.bytes,
    thinnedMoments: engine.ledger.bytes.thinnedMoments,
    droppedMoments: state.droppedMoments + engine.ledger.bytes.droppedMoments,
    ...(engine.spool.thinnedSince ? { thinnedSince: new Date(1000 * engine.spool.thinnedSince).toISOString() } : {}),
    ...(engine.spool.error ? { spoolError: engine.spool.error } : {}),
    ...(edgeClock.offsetSeconds === null ? {} : { clockOffsetSeconds: -edgeClock.offsetSeconds }),
    transport: engine.transport,
    residentBytes: process.memoryUsage.rss(),
  });

  const onReading = async ({ samples, descriptions, facts }: Reading): Promise<void> => {
    const { kinds, ...current } = pace();
    engine.setPace(current);
    const wanted = [...samples, linkSample(engine)].filter(({ kind }) => kinds === null || kinds.has(kind));
    const stamp = edgeClock.stamp();
    const { dictionary, block, unknown } = recorder.record(wanted, {
      ...stamp,
      uptimeSeconds: sinceBoot.monotonicMs() / 1000,
    });
    // Before the record: what was counted is then in the record or in the baselines before it, never in neither.
    files.write("clock.json", edgeClock.state());
    files.write("counters.json", settler.state());
    files.write("recorded.json", recorder.state(epoch, engine.nextSequence));
    await files.settled();
    engine.record(dictionary, block, stamp);
    const report = parts.next(health(), { facts, descriptions, unknown }, clock.monotonicMs());
    if (report) engine.setReport(report);
  };
  const common = { log, intervalSeconds: () => pace().intervalSeconds, onReading };
  const collection =
    cluster && config.kubernetes
      ? cluster.collect({
          ...common,
          settler,
          scrape: config.kubernetes.scrape,
          isKubeletAsked: config.kubernetes.isKubeletAsked,
        })
      : new Collection({ ...common, roots: config.roots, settler });
  const client = new GatewayClient(identity.gateway);
  const onTick = () => {
    if (chooser.look(engine.settings, clock.monotonicMs(), engine.ledger.total)) collection.reschedule();
  };
  const work = Promise.all([
    collection.run(signal),
    runLink({ gateway: identity.gateway, engine, client, signer, epoch, onTick }, signal),
  ]);
  await Promise.race([work, stopDeadline(signal)]);
  client.close();
  cluster?.close();
  await state.countDropped(engine.ledger.bytes.droppedMoments);
  await unlock();
  log.info({ spooled: engine.spool.moments }, "agent stopped");
  return collection.hungMountCount === 0;
}

/** Only where it is wanted: it costs memory that a machine without a cluster needs for other things. */
async function openClusterSource(kubeconfig: string | null): Promise<ClusterSource> {
  const source = await import("./kubernetes/cluster-source");
  return source.ClusterSource.open(kubeconfig);
}

/** The clock that runs since the boot; where the platform does not tell, since the start of the process. */
async function bootClock({ roots }: AgentConfig): Promise<{ wallMs(): number; monotonicMs(): number }> {
  const uptime = Number.parseFloat((await findText(roots.proc, "uptime")) ?? "");
  const baseMs = Number.isFinite(uptime) ? 1000 * uptime - performance.now() : 0;
  return { wallMs: () => Date.now(), monotonicMs: () => baseMs + performance.now() };
}

/** Small state beside the spool, written one after the other; a disk that refuses is told once. */
class StateFiles {
  readonly #folder: string;
  readonly #log: Logger;
  #last: Promise<void> = Promise.resolve();
  #hasTrouble = false;

  constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
  }

  /** What a process before left; null when there is nothing that makes sense. */
  async find<T>(name: string, schema: Parameters<typeof findJson<T>>[1]): Promise<T | null> {
    return findJson(join(this.#folder, name), schema).catch((error: unknown) => {
      this.#log.warn({ file: name, reason: describeFailure(error) }, "state begins again");
      return null;
    });
  }

  write(name: string, value: unknown): void {
    const text = `${JSON.stringify(value)}\n`;
    this.#last = this.#last
      .then(() => writeDurably(join(this.#folder, name), text))
      .then(
        () => {
          if (this.#hasTrouble) this.#log.info("state is written again");
          this.#hasTrouble = false;
        },
        (error: unknown) => {
          if (!this.#hasTrouble) {
            this.#log.warn({ reason: describeFailure(error) }, "state cannot be written; going on from memory");
          }
          this.#hasTrouble = true;
        },
      );
  }

  settled(): Promise<void> {
    return this.#last;
  }
}

function logLink(log: Logger, link: LinkState, reason: string, { spool }: AgentEngine): void {
  if (link === "online") log.info({ spooled: spool.moments }, "online");
  else if (link === "retrying") log.warn({ reason }, "gateway not reached, retrying; readings are kept");
  else if (link === "waiting") log.warn({ reason }, "waiting for approval in the console; readings are kept");
  else log.error({ reason }, "the gateway refuses this agent; readings are kept, next attempt in an hour");
}

async function stopDeadline(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await delay(STOP_MILLISECONDS_MAX);
}

async function getIdentity(dataPath: string): Promise<Identity> {
  const identity = await findIdentity(dataPath);
  if (identity) return identity;
  throw new RunError(
    `${dataPath} holds no identity; run "fernblick-agent enrol" with the command that the console shows first`,
  );
}

async function takeFolder(dataPath: string): Promise<() => Promise<void>> {
  try {
    await makePrivateFolder(dataPath);
    return await lockData(dataPath);
  } catch (error) {
    if (error instanceof DataLockError) throw error;
    // A full or read-only disk is no reason to stay silent: the agent then works from memory.
    if (error instanceof Error && "code" in error && ["ENOSPC", "EROFS", "EDQUOT"].includes(String(error.code))) {
      return () => Promise.resolve();
    }
    throw new RunError(`${dataPath} cannot be used: ${describeFailure(error)}`);
  }
}
