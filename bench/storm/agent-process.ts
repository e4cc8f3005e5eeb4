import { setTimeout as delay } from "node:timers/promises";
import { fleetAgent } from "@/agent/simulated/fleet-agent";
import { dictionaryHash, dictionaryPayload, SessionClient, SessionRefused } from "@/agent/simulated/session-client";
import { NoisyStream } from "@/bench/data/noisy-stream";
import { createRandom, seedOf } from "@/bench/data/random";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import type { GatewayAnswer } from "@/contract/messages";
import type { StormOrder, StormReport } from "./storm-plan";

/** A process that stands for many agents which all come back at once, each with its backlog. */

/** As the real agent: full jitter, from one second to five minutes. */
const BACKOFF_SECONDS_MAX = 300;
const EPOCH = 2;

const report: StormReport = {
  current: 0,
  connecting: 0,
  frames: 0,
  samples: 0,
  refused: 0,
  broken: 0,
  refusalMilliseconds: [],
  retryAfterSeconds: [],
  isDone: false,
};

type Frames = {
  live: Uint8Array;
  backlog: Uint8Array;
  hash: Uint8Array;
  dictionary: Uint8Array;
  samplesPerMoment: number;
};

/** All agents tell the same: what it costs them to make frames is not what is measured here. */
function encodeFrames({ seed, nodes, backlogMoments, intervalSeconds, newestMoment }: StormOrder): Frames {
  const noisy = new NoisyStream({ seed, stream: 0, nodes, intervalSeconds, profile: "twelve" });
  const first = newestMoment - backlogMoments * intervalSeconds;
  const moments = Array.from({ length: backlogMoments }, (_, at) => first + at * intervalSeconds);
  return {
    backlog: encodeFrame(noisy.next(moments)),
    live: encodeFrame(noisy.next([newestMoment]), new SessionState(noisy.layout)),
    hash: dictionaryHash(noisy.layout.entries),
    dictionary: dictionaryPayload(noisy.layout.entries),
    samplesPerMoment: noisy.samplesPerMoment,
  };
}

async function runAgent(order: StormOrder, stream: number, frames: Frames, endAt: number): Promise<void> {
  const random = createRandom(seedOf(order.seed, stream, 77));
  const agent = fleetAgent(order.seed, stream);
  const left = new Set(["live", "backlog"]);
  await delay(random.next() * order.spreadSeconds * 1000, undefined, { ref: false });
  for (let attempt = 1; left.size > 0 && Date.now() < endAt; attempt += 1) {
    const waitSeconds = await attemptOnce(order, agent, frames, left);
    if (left.size === 0) break;
    const cap = Math.min(BACKOFF_SECONDS_MAX, 2 ** attempt);
    await delay((waitSeconds === null ? cap * random.next() : waitSeconds + random.next()) * 1000);
  }
  if (left.size === 0) report.current += 1;
}

/** @returns how long the gateway said to wait; null when it did not */
async function attemptOnce(
  order: StormOrder,
  agent: ReturnType<typeof fleetAgent>,
  frames: Frames,
  left: Set<string>,
): Promise<number | null> {
  const startedAt = performance.now();
  report.connecting += 1;
  let client: SessionClient;
  try {
    client = await SessionClient.open({
      gatewayUrl: order.gatewayUrl,
      agent,
      epoch: EPOCH,
      timeoutMilliseconds: 30_000,
      isUnmasked: true,
    });
  } catch (error) {
    const refusal = error instanceof SessionRefused ? error.refusal : null;
    if (refusal) {
      report.refused += 1;
      report.refusalMilliseconds.push(performance.now() - startedAt);
      report.retryAfterSeconds.push(refusal.retryAfterSeconds ?? 0);
    } else report.broken += 1;
    return refusal?.retryAfterSeconds ?? null;
  } finally {
    report.connecting -= 1;
  }
  const closed = new Promise<null>((resolve) => {
    client.onClosed = () => resolve(null);
  });
  const { hash, dictionary, live, backlog } = frames;
  client.post({ type: "dictionary", payload: dictionary }, () => {});
  const steps: [string, number, () => Promise<GatewayAnswer>][] = [
    ["live", 1, () => client.send({ type: "live", sequence: order.backlogMoments + 1, hash, frame: live })],
    [
      "backlog",
      order.backlogMoments,
      () => {
        const head = { epoch: EPOCH - 1, sequence: order.backlogMoments, isThinned: false, isClockUnsure: false };
        return client.send({ type: "backlog", ...head, hash, frame: backlog });
      },
    ],
  ];
  try {
    for (const [name, moments, send] of steps) {
      if (!left.has(name)) continue;
      const answer = await Promise.race([send(), closed]);
      if (answer?.type === "acknowledged") {
        left.delete(name);
        report.frames += 1;
        report.samples += moments * frames.samplesPerMoment;
        continue;
      }
      if (answer?.type === "refused") {
        report.refused += 1;
        return Number(JSON.parse(answer.text).retryAfterSeconds ?? 1);
      }
      report.broken += 1;
      return null;
    }
    return null;
  } finally {
    // Current: makes room, because one process of ours may not hold 50,000 open sockets.
    client.close();
  }
}

process.once("message", (order: StormOrder) => {
  const frames = encodeFrames(order);
  const endAt = Date.now() + order.seconds * 1000;
  const tell = () => {
    process.send?.(report);
    report.refusalMilliseconds = [];
    report.retryAfterSeconds = [];
  };
  const telling = setInterval(tell, 1_000);
  const agents = Array.from({ length: order.to - order.from }, (_, index) =>
    runAgent(order, order.from + index, frames, endAt),
  );
  void Promise.race([Promise.all(agents), delay(order.seconds * 1000)]).then(() => {
    clearInterval(telling);
    report.isDone = true;
    tell();
  });
});
process.on("disconnect", () => process.exit(0));
