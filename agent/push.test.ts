import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type GatewayErrorCode, type PushBatch, WIRE_VERSION } from "@/contract/telemetry";
import { GatewayClient } from "./gateway-client";
import { publicKeyOf } from "./identity-file";
import { type LinkState, Pusher, retrySeconds } from "./push";
import { Signer } from "./sign";
import { Spool } from "./spool";
import { FakeGateway, gatewayError, type Reaction } from "./testing/fake-gateway";

const EPOCH = 9;
let gateway: FakeGateway;
let spool: Spool;
let dataPath: string;
let client: GatewayClient;
let stop: AbortController;
let work: Promise<void>;
let pauses: number[];
let links: [LinkState, string][];
let intervals: number[];
let dropped: string[];
let nextSequence: number;

beforeEach(async () => {
  gateway = new FakeGateway();
  await gateway.start();
  dataPath = mkdtempSync(join(tmpdir(), "fernblick-push-"));
  dropped = [];
  spool = await Spool.open({ dataPath, bytesMax: 1e7, onDropped: (_, reason) => dropped.push(reason) });
  stop = new AbortController();
  pauses = [];
  links = [];
  intervals = [];
  nextSequence = 1;
  work = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await work;
  client.close();
  await gateway.stop();
});

const takeSequence = () => {
  nextSequence += 1;
  return nextSequence - 1;
};

async function addBatch(observationCount = 1): Promise<void> {
  const observation = (n: number) => ({
    observedAt: new Date(1_700_000_000_000 + n * 1000).toISOString(),
    entities: [],
  });
  const batch: PushBatch = {
    wireVersion: WIRE_VERSION,
    epoch: EPOCH,
    sequence: takeSequence(),
    sentAt: "2026-11-23T00:00:00.000Z",
    intervalSeconds: 60,
    agent: { version: "0", startedAt: "2026-11-23T00:00:00.000Z", spoolBatches: 0, spoolBytes: 0, droppedBatches: 0 },
    observations: Array.from({ length: observationCount }, (_, n) => observation(n)),
    facts: { hostname: { value: "edge-1" } },
  };
  await spool.add(batch);
}

/** Starts the pusher; pauses are written down and cost no time. */
function start(limits = { idleMilliseconds: 2_000, requestMilliseconds: 2_000 }): Pusher {
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  gateway.publicKey = publicKeyOf(pem);
  client = new GatewayClient(gateway.url, limits);
  const pusher = new Pusher({
    client,
    signer: new Signer(randomUUID(), pem),
    spool,
    epoch: EPOCH,
    takeSequence,
    intervalSeconds: () => 60,
    onAcknowledged: (_, intervalSeconds) => intervals.push(intervalSeconds),
    onLink: (...link) => links.push(link),
    pause: (seconds) => {
      pauses.push(seconds);
      return new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
  });
  work = pusher.run(stop.signal);
  return pusher;
}

const emptied = () =>
  vi.waitFor(() => expect([spool.batches, intervals.length]).toEqual([0, gateway.stored.length]), {
    timeout: 5_000,
    interval: 5,
  });
const sent = () => gateway.pushes.map(({ batch }) => `${batch.epoch}.${batch.sequence}`);

describe("a push", () => {
  test("is signed over the bytes that travel, and its batch leaves the spool after the acknowledgement", async () => {
    await addBatch();
    start();
    await emptied();
    expect(gateway.pushes).toHaveLength(1);
    expect(gateway.pushes[0]?.isSignatureValid).toBe(true);
    expect(gateway.pushes[0]?.headers["content-encoding"]).toBe("gzip");
    expect(links).toEqual([["online", ""]]);
  });

  test("a signature does not fit another body", async () => {
    await addBatch();
    start();
    await emptied();
    gateway.publicKey = publicKeyOf(
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    await addBatch();
    const pusher = start();
    gateway.publicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    pusher.wake();
    await emptied();
    expect(gateway.pushes.at(-1)?.isSignatureValid).toBe(false);
  });

  test("the newest goes first, then back into the past", async () => {
    for (let count = 0; count < 4; count += 1) await addBatch();
    start();
    await emptied();
    expect(sent()).toEqual(["9.4", "9.3", "9.2", "9.1"]);
  });

  test("a batch that comes while nothing waits is sent when it is told", async () => {
    const pusher = start();
    await addBatch();
    pusher.wake();
    await emptied();
    expect(sent()).toEqual(["9.1"]);
  });

  test("the gateway's interval is passed on", async () => {
    gateway.intervalSeconds = 15;
    await addBatch();
    start();
    await emptied();
    expect(intervals).toEqual([15]);
  });
});

describe("an answer that may pass", () => {
  const acknowledgement = (epoch: number, sequence: number): Reaction => ({
    status: 200,
    body: {
      acknowledged: { epoch, sequence },
      duplicate: false,
      intervalSeconds: 60,
      ignored: { entities: 0, readings: 0 },
    },
  });

  test.each([
    ["503", gatewayError(503, "unavailable")],
    ["500 without a body", { status: 500 }],
    ["502 of a proxy", { status: 502 }],
    ["429", gatewayError(429, "rate_limited")],
    ["a redirect", { status: 302, headers: { location: "http://elsewhere/" } }],
    ["404 of something else", { status: 404 }],
    ["400 of something between", { status: 400 }],
    ["401 of a proxy", { status: 401 }],
    ["403 of a captive portal", { status: 403 }],
    ["200 of a sign-in page", { status: 200 }],
    ["200 for another batch", acknowledgement(EPOCH, 77)],
    ["200 for another epoch", acknowledgement(EPOCH + 1, 1)],
    ["a cut connection", "cut"],
  ] as [string, Reaction][])("%s keeps the batch and sends the same bytes again", async (_, reaction) => {
    gateway.reactions.push(reaction, reaction);
    await addBatch();
    start();
    await emptied();
    expect(sent()).toEqual(["9.1", "9.1", "9.1"]);
    expect(gateway.pushes[2]?.body).toEqual(gateway.pushes[0]?.body);
    expect(links.map(([link]) => link)).toEqual(["retrying", "online"]);
    expect(pauses).toEqual([0.5, 1]);
    expect(dropped).toEqual([]);
  });

  test("no answer at all is given up after the time limit, and the batch sent again", async () => {
    gateway.reactions.push("hang");
    await addBatch();
    start({ idleMilliseconds: 50, requestMilliseconds: 1_000 });
    await emptied();
    expect(sent()).toEqual(["9.1", "9.1"]);
    expect(links[0]).toEqual(["retrying", "no answer within 0.05 s"]);
  });

  test("an endless answer is not read to its end", async () => {
    gateway.reactions.push({ status: 200, body: "x".repeat(200_000) });
    await addBatch();
    start();
    await emptied();
    expect(links[0]?.[1]).toContain("that is no gateway");
  });

  test("Retry-After is honoured", async () => {
    gateway.reactions.push(gatewayError(503, "unavailable", { "retry-after": "42" }));
    await addBatch();
    start();
    await emptied();
    expect(pauses).toEqual([42]);
  });

  test("a gateway that is not there is retried, and said once", async () => {
    await gateway.stop();
    await addBatch();
    start();
    await vi.waitFor(() => expect(pauses.length).toBeGreaterThan(3), { interval: 5 });
    expect(spool.batches).toBe(1);
    expect(links).toEqual([["retrying", expect.stringContaining("ECONNREFUSED")]]);
    gateway = new FakeGateway();
    await gateway.start();
  });
});

describe("a batch that the gateway fails with again and again", () => {
  const failure = gatewayError(503, "unavailable");

  test("does not hold up the others: they go first, then it is tried again, with the same bytes", async () => {
    for (let count = 0; count < 3; count += 1) await addBatch();
    gateway.reactions.push(failure, failure, failure, "store", "store", failure);
    start();
    await emptied();
    expect(sent()).toEqual(["9.3", "9.3", "9.3", "9.2", "9.1", "9.3", "9.3"]);
    expect(gateway.pushes.at(-1)?.body).toEqual(gateway.pushes[0]?.body);
    expect(dropped).toEqual([]);
  });

  test("a gateway that is away for all changes nothing in the order", async () => {
    for (let count = 0; count < 3; count += 1) await addBatch();
    gateway.reactions.push(...Array.from({ length: 8 }, (): Reaction => ({ status: 502 })));
    start();
    await emptied();
    expect(sent().slice(-4)).toEqual(["9.3", "9.3", "9.2", "9.1"]);
  });

  test("a gateway that asks for patience is not asked with another batch instead", async () => {
    for (let count = 0; count < 2; count += 1) await addBatch();
    gateway.reactions.push(...Array.from({ length: 5 }, () => gatewayError(429, "rate_limited")));
    start();
    await emptied();
    expect(sent()).toEqual(["9.2", "9.2", "9.2", "9.2", "9.2", "9.2", "9.1"]);
  });
});

describe("an answer that will not pass", () => {
  test.each([
    [400, "malformed"],
    [415, "wrong_type"],
  ] as [number, GatewayErrorCode][])("%i %s sets this batch aside and goes on with the next", async (status, code) => {
    gateway.reactions.push(gatewayError(status, code));
    await addBatch();
    await addBatch();
    start();
    await emptied();
    expect(sent()).toEqual(["9.2", "9.1"]);
    expect(gateway.stored).toEqual(["9.1"]);
    expect(readdirSync(join(dataPath, "spool/quarantine"))).toEqual(["9-2.json.gz"]);
    expect(dropped).toEqual([expect.stringContaining(code)]);
    expect(pauses).toEqual([]);
  });

  test.each(["agent_revoked", "agent_unknown", "signature_invalid"] as GatewayErrorCode[])(
    "401 %s keeps the data and asks again in an hour",
    async (code) => {
      gateway.reactions.push(gatewayError(401, code));
      await addBatch();
      start();
      await emptied();
      expect(pauses).toEqual([3600]);
      expect(links.map(([link]) => link)).toEqual(["refused", "online"]);
      expect(dropped).toEqual([]);
    },
  );

  test("403 agent_waiting keeps the data and asks again at the interval", async () => {
    gateway.reactions.push(gatewayError(403, "agent_waiting"), gatewayError(403, "agent_waiting"));
    await addBatch();
    start();
    await emptied();
    expect(pauses).toEqual([60, 60]);
    expect(links.map(([link]) => link)).toEqual(["waiting", "online"]);
  });

  test("413 divides the batch until it fits: every observation arrives once, facts with the newer part", async () => {
    gateway.reactions.push({ status: 413 }, { status: 413 });
    await addBatch(4);
    start();
    await emptied();
    const stored = gateway.pushes.slice(2).map(({ batch }) => batch);
    const times = stored.flatMap(({ observations }) => observations.map(({ observedAt }) => observedAt)).sort();
    expect(times).toEqual([0, 1, 2, 3].map((n) => new Date(1_700_000_000_000 + n * 1000).toISOString()));
    expect(new Set(sent()).size).toBe(sent().length);
    expect(stored.filter(({ facts }) => facts)).toHaveLength(1);
    expect(dropped).toEqual([]);
  });

  test("413 for a single observation sets it aside and goes on", async () => {
    gateway.reactions.push(gatewayError(413, "too_large"));
    await addBatch();
    await addBatch();
    start();
    await emptied();
    expect(gateway.stored).toEqual(["9.1"]);
    expect(dropped).toEqual([expect.stringContaining("one observation alone")]);
  });
});

describe("waiting between attempts", () => {
  test("is spread evenly below a ceiling that doubles from 1 s to 300 s", () => {
    const ceilings = [1, 2, 3, 8, 9, 1000].map((failures) => retrySeconds(failures, null, () => 1));
    expect(ceilings).toEqual([1, 2, 4, 128, 256, 300]);
    expect(retrySeconds(5, null, () => 0)).toBe(0);
  });

  test("is never shorter than the gateway asked for", () => {
    expect(retrySeconds(1, 90, () => 0.1)).toBe(90);
    expect(retrySeconds(20, 10, () => 1)).toBe(300);
  });

  test("a stop ends the wait for a hanging answer and keeps the batch", async () => {
    gateway.reactions.push("hang");
    await addBatch();
    start();
    await vi.waitFor(() => expect(gateway.pushes).toHaveLength(1), { interval: 5 });
    stop.abort();
    await work;
    expect(spool.batches).toBe(1);
    expect(pauses).toEqual([]);
  });
});
