import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { Collection } from "./collection";
import type { AgentConfig } from "./config";
import { DataLockError, lockData } from "./data-lock";
import { makePrivateFolder } from "./durable-file";
import { describeFailure, GatewayClient } from "./gateway-client";
import { findIdentity, type Identity } from "./identity-file";
import { type LinkState, Pusher } from "./push";
import { Signer } from "./sign";
import { Spool } from "./spool";
import { StateFile } from "./state-file";
import { AGENT_VERSION } from "./version";

/** The agent cannot start, in one line that says what to do. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** Until the gateway says otherwise. */
const INTERVAL_SECONDS_DEFAULT = 60;
/** A stop is asked for when the machine goes down: what is in work gets that long. */
const STOP_MILLISECONDS_MAX = 1_500;

/**
 * Collects and pushes until `signal`. Collecting never waits for pushing.
 * @returns false when something hangs in the kernel, so that the process cannot end by itself
 * @throws RunError, StateFileError
 */
export async function runAgent(config: AgentConfig, log: Logger, signal: AbortSignal): Promise<boolean> {
  const identity = await getIdentity(config.dataPath);
  const unlock = await takeFolder(config.dataPath);
  const state = await StateFile.open(config.dataPath);
  const spool = await Spool.open({
    dataPath: config.dataPath,
    bytesMax: config.spoolBytesMax,
    onDropped: (count, reason) => {
      log.warn({ batches: count, reason }, "batches given up");
      void state.countDropped(count);
    },
  });
  const epoch = await state.beginEpoch(spool.epochMax);
  let sequence = 0;
  const takeSequence = () => {
    sequence += 1;
    return sequence;
  };
  log.info(
    { version: AGENT_VERSION, gateway: identity.gateway, agentId: identity.agentId, epoch, spooled: spool.batches },
    "agent started",
  );

  const client = new GatewayClient(identity.gateway);
  const collection = await Collection.open({
    config,
    log,
    spool,
    epoch,
    takeSequence,
    droppedBatches: () => state.droppedBatches,
    intervalSeconds: config.intervalSeconds ?? INTERVAL_SECONDS_DEFAULT,
    onSpooled: () => pusher.wake(),
  });
  const pusher = new Pusher({
    client,
    signer: new Signer(identity.agentId, identity.privateKey),
    spool,
    epoch,
    takeSequence,
    intervalSeconds: () => collection.intervalSeconds,
    onAcknowledged: (name, intervalSeconds) => {
      collection.acknowledged(name);
      if (config.intervalSeconds === null) collection.adoptInterval(intervalSeconds);
    },
    onLink: (link, reason) => logLink(log, link, reason, spool),
  });
  const work = Promise.all([collection.run(signal), pusher.run(signal)]);
  await Promise.race([work, stopDeadline(signal)]);
  client.close();
  await unlock();
  log.info({ spooled: spool.batches }, "agent stopped");
  return collection.hungMountCount === 0;
}

function logLink(log: Logger, link: LinkState, reason: string, spool: Spool): void {
  if (link === "online") log.info({ spooled: spool.batches }, "online");
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
