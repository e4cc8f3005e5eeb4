import { gzipSync } from "node:zlib";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SENDER_PATHS } from "@/contract/sender-paths";
import { createOrganisation, createSite } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { encodeOtlp } from "./testing/otlp-encoder";
import { addToken, type Reply, readBack, type SenderGateway, startSenderGateway } from "./testing/sender-stage";

/** OTLP/HTTP 1.11: each request in both encodings, and what is stored read back. */

let stage: Stage;
let gateway: SenderGateway;
let orgId: string;
let siteId: string;
const BYTES_MAX = 256 * 1024;

beforeAll(async () => {
  stage = await openStage();
  gateway = await startSenderGateway(stage, { bytesMax: BYTES_MAX });
  orgId = (await createOrganisation(stage, "north")).id;
  siteId = await createSite(stage, orgId, "Harbour");
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const ENCODINGS = ["json", "protobuf"] as const;
type Encoding = (typeof ENCODINGS)[number];
const TYPES: Record<Encoding, string> = { json: "application/json", protobuf: "application/x-protobuf" };
type Json = Record<string, unknown>;

const NOW_SECONDS = Math.floor(Date.now() / 1000);
const nanoseconds = (secondsAgo: number) => `${NOW_SECONDS - secondsAgo}000000000`;
const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
const HOST = [attribute("host.name", "edge-7")];
const point = (change: Json = {}): Json => ({ timeUnixNano: nanoseconds(5), asDouble: 1.5, ...change });
const gauge = (name: string, ...dataPoints: Json[]): Json => ({ name, unit: "1", gauge: { dataPoints } });
const sum = (name: string, change: Json, ...dataPoints: Json[]): Json => ({
  name,
  sum: { aggregationTemporality: 2, isMonotonic: true, ...change, dataPoints },
});
const requestOf = (metrics: Json[], attributes: Json[] = HOST): Json => ({
  resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: "test" }, metrics }] }],
});

const bodyOf = (encoding: Encoding, request: Json): Buffer =>
  encoding === "json" ? Buffer.from(JSON.stringify(request)) : Buffer.from(encodeOtlp(request));

const post = (
  token: string,
  encoding: Encoding,
  body: Uint8Array | Uint8Array[],
  headers: Record<string, string> = {},
) =>
  gateway.send(SENDER_PATHS.otlp, {
    body,
    headers: { authorization: `Bearer ${token}`, "content-type": TYPES[encoding], ...headers },
  });

type Answer = { rejected: number; message: string };

/** partial_success of a 200, from either encoding; null when it is unset. */
function partialOf(encoding: Encoding, reply: Reply): Answer | null {
  if (encoding === "json") {
    const { partialSuccess } = JSON.parse(reply.body.toString()) as { partialSuccess?: Json };
    if (!partialSuccess) return null;
    return { rejected: Number(partialSuccess.rejectedDataPoints), message: String(partialSuccess.errorMessage) };
  }
  if (reply.body.length === 0) return null;
  const outer = new BinaryReader(reply.body);
  outer.tag();
  const answer: Answer = { rejected: 0, message: "" };
  const reader = new BinaryReader(outer.bytes());
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) answer.rejected = Number(reader.int64());
    else answer.message = reader.string();
  }
  return answer;
}

/** google.rpc.Status, from either encoding. */
function statusOf(encoding: Encoding, reply: Reply): { code: number; message: string } {
  if (encoding === "json") return JSON.parse(reply.body.toString()) as { code: number; message: string };
  const reader = new BinaryReader(reply.body);
  const status = { code: 0, message: "" };
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) status.code = reader.int32();
    else status.message = reader.string();
  }
  return status;
}

const newSender = (kept: string[] = []) => addToken(stage, orgId, { siteId }, { kept });

async function storedBy(senderId: string): Promise<[key: string, value: number | string][]> {
  await gateway.settle();
  return (await readBack(stage, senderId)).map(({ key, value }) => [key, value]);
}

describe.each(ENCODINGS)("in %s", (encoding) => {
  test.each([
    ["nothing at all", {}],
    ["a resource without metrics", requestOf([])],
    ["a metric without points", requestOf([gauge("empty")])],
    ["a metric without data", requestOf([{ name: "nothing" }])],
  ])("%s is a full success with an empty answer in the same type", async (_what, request) => {
    const { token } = await newSender();
    const reply = await post(token, encoding, bodyOf(encoding, request));
    expect([reply.status, reply.headers.get("content-type"), partialOf(encoding, reply)]).toEqual([
      200,
      TYPES[encoding],
      null,
    ]);
    expect(reply.body.toString()).toBe(encoding === "json" ? "{}" : "");
  });

  test("a point is stored exactly, with its resource as the target and its attributes as the key", async () => {
    const sender = await newSender(["app.load"]);
    const request = requestOf([
      gauge("app.load", point({ asDouble: 0.1 + 0.2, attributes: [attribute("b", "2"), attribute("a", "1")] })),
    ]);
    expect((await post(sender.token, encoding, bodyOf(encoding, request))).status).toBe(200);
    expect(await storedBy(sender.id)).toEqual([['app.load{a="1",b="2"}', 0.1 + 0.2]]);
    expect(await stage.rows("select name from telemetry_streams where sender_id = $1", [sender.id])).toEqual([
      { name: "edge-7" },
    ]);
  });

  test.each([
    ["an integer", { asDouble: undefined, asInt: "9007199254740991" }, 9007199254740991],
    ["a negative integer", { asDouble: undefined, asInt: "-3" }, -3],
    ["zero", { asDouble: 0 }, 0],
    ["the largest double", { asDouble: Number.MAX_VALUE }, Number.MAX_VALUE],
  ])("%s is read back as it was", async (_what, change, expected) => {
    const sender = await newSender(["v"]);
    await post(sender.token, encoding, bodyOf(encoding, requestOf([gauge("v", point(change))])));
    expect(await storedBy(sender.id)).toEqual([["v", expected]]);
  });

  test("NaN, infinity and a point without a value are rejected and counted, and the rest is stored", async () => {
    const sender = await newSender(["v"]);
    const points = [{ asDouble: null }, { asDouble: "Infinity" }, { asDouble: undefined }].map((change, n) =>
      point({ ...change, attributes: [attribute("n", String(n))] }),
    );
    const reply = await post(sender.token, encoding, bodyOf(encoding, requestOf([gauge("v", ...points, point())])));
    expect(reply.status).toBe(200);
    expect(partialOf(encoding, reply)).toEqual({ rejected: 3, message: expect.stringContaining("a point of v") });
    expect(await storedBy(sender.id)).toEqual([["v", 1.5]]);
  });

  test.each([
    ["without a name", [gauge("", point())]],
    ["without a time", [gauge("v", point({ timeUnixNano: undefined }))]],
    ["a day in the future", [gauge("v", point({ timeUnixNano: nanoseconds(-86_400) }))]],
    ["a year old", [gauge("v", point({ timeUnixNano: nanoseconds(365 * 86_400) }))]],
    ["a sum without temporality", [sum("v", { aggregationTemporality: 0 }, point())]],
    ["with a NUL in an attribute", [gauge("v", point({ attributes: [attribute("a", "\0")] }))]],
  ])("a point %s is rejected with a reason", async (_what, metrics) => {
    const sender = await newSender(["v"]);
    const reply = await post(sender.token, encoding, bodyOf(encoding, requestOf(metrics)));
    expect([reply.status, partialOf(encoding, reply)?.rejected]).toEqual([200, 1]);
    expect(partialOf(encoding, reply)?.message).not.toBe("");
    expect(await storedBy(sender.id)).toEqual([]);
  });

  test("a point that says that nothing was recorded is no mistake and stores nothing", async () => {
    const sender = await newSender(["v"]);
    const reply = await post(
      sender.token,
      encoding,
      bodyOf(encoding, requestOf([gauge("v", point({ flags: 1, asDouble: undefined }))])),
    );
    expect([reply.status, partialOf(encoding, reply)]).toEqual([200, null]);
    expect(await storedBy(sender.id)).toEqual([]);
  });

  test("attributes of every type, empty ones too, become text", async () => {
    const sender = await newSender(["v"]);
    const attributes = [
      { key: "text", value: { stringValue: "ä\n" } },
      { key: "yes", value: { boolValue: true } },
      { key: "whole", value: { intValue: "-5" } },
      { key: "part", value: { doubleValue: 2.5 } },
      { key: "bytes", value: { bytesValue: "AQI=" } },
      { key: "list", value: { arrayValue: { values: [{ stringValue: "a" }, { boolValue: false }] } } },
      { key: "object", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
      { key: "empty", value: {} },
    ];
    await post(sender.token, encoding, bodyOf(encoding, requestOf([gauge("v", point({ attributes }))])));
    const [[key]] = (await storedBy(sender.id)) as [[string, number]];
    expect(key).toBe(
      'v{bytes="AQI=",empty="",list="[\\"a\\",false]",object="{\\"k\\":\\"v\\"}",part="2.5",text="ä\\n",whole="-5",yes="true"}',
    );
  });

  test("histograms, exponential ones and summaries become the series that Prometheus makes of them", async () => {
    const sender = await newSender(["h_count", "h_sum", "h_bucket", "e_count", "e_sum", "s", "s_count", "s_sum"]);
    const distribution = { count: "6", sum: 12.5 };
    const metrics = [
      {
        name: "h",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [point({ ...distribution, bucketCounts: ["1", "2", "3"], explicitBounds: [0.5, 1] })],
        },
      },
      { name: "e", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point(distribution)] } },
      {
        name: "s",
        summary: { dataPoints: [point({ ...distribution, quantileValues: [{ quantile: 0.99, value: 7 }] })] },
      },
    ];
    expect(partialOf(encoding, await post(sender.token, encoding, bodyOf(encoding, requestOf(metrics))))).toBeNull();
    expect((await storedBy(sender.id)).sort()).toEqual([
      ["e_count", 6],
      ["e_sum", 12.5],
      ['h_bucket{le="+Inf"}', 6],
      ['h_bucket{le="0.5"}', 1],
      ['h_bucket{le="1"}', 3],
      ["h_count", 6],
      ["h_sum", 12.5],
      ["s_count", 6],
      ["s_sum", 12.5],
      ['s{quantile="0.99"}', 7],
    ]);
  });

  test.each([
    ["cumulative", [100, 160, 220], 2],
    ["delta", [100, 60, 60], 1],
  ])("%s counters give the same growth, and repeated requests give none", async (_what, values, temporality) => {
    const sender = await newSender();
    for (const [index, value] of values.entries()) {
      const data = point({
        asDouble: value,
        timeUnixNano: nanoseconds(300 - 60 * index),
        startTimeUnixNano: nanoseconds(temporality === 1 ? 360 - 60 * index : 4000),
        attributes: [attribute("network.interface.name", "eth0"), attribute("network.io.direction", "receive")],
      });
      const body = bodyOf(
        encoding,
        requestOf([sum("system.network.io", { aggregationTemporality: temporality }, data)]),
      );
      await post(sender.token, encoding, body);
      await post(sender.token, encoding, body);
      await gateway.settle();
      await post(sender.token, encoding, body);
    }
    await gateway.settle();
    const received = (await readBack(stage, sender.id)).filter(({ metric }) => metric === "receivedBytes");
    expect(received.map(({ value }) => value)).toEqual(["not_yet", 60, 60]);
    const spans = (await readBack(stage, sender.id)).filter(({ metric }) => metric === "spanSeconds");
    expect(spans.map(({ value }) => value)).toEqual(["not_yet", 60, 60]);
  });

  test("a body that is none is answered 400 with a Status of the same type", async () => {
    const { token } = await newSender();
    for (const body of [Buffer.from("{"), Buffer.from([0x0a, 0xff, 0xff]), Buffer.from('{"resourceMetrics":7}')]) {
      const reply = await post(token, encoding, body);
      expect([reply.status, reply.headers.get("content-type"), statusOf(encoding, reply).code]).toEqual([
        400,
        TYPES[encoding],
        3,
      ]);
    }
  });

  test("no token, a wrong one and a revoked one are answered 401 with a Status of the same type", async () => {
    const sender = await newSender();
    await stage.admin.query("update api_tokens set revoked_at = now() where id = $1", [sender.id]);
    for (const token of [
      "",
      "fbk_nothing",
      `fbk_00000000-0000-4000-8000-000000000000_${"A".repeat(43)}`,
      sender.token,
    ]) {
      const reply = await post(token, encoding, bodyOf(encoding, {}));
      expect([reply.status, reply.headers.get("content-type"), statusOf(encoding, reply).code]).toEqual([
        401,
        TYPES[encoding],
        16,
      ]);
    }
  });

  test("gzip is taken, chunked without a length too; another packing is answered 415", async () => {
    const sender = await newSender(["v"]);
    const packed = gzipSync(bodyOf(encoding, requestOf([gauge("v", point())])));
    const parts = [packed.subarray(0, 10), packed.subarray(10)];
    expect((await post(sender.token, encoding, parts, { "content-encoding": "gzip" })).status).toBe(200);
    expect(await storedBy(sender.id)).toEqual([["v", 1.5]]);
    for (const packing of ["br", "deflate", "zstd"]) {
      const reply = await post(sender.token, encoding, packed, { "content-encoding": packing });
      expect([reply.status, statusOf(encoding, reply).code]).toEqual([415, 3]);
    }
    expect((await post(sender.token, encoding, Buffer.from("no gzip"), { "content-encoding": "gzip" })).status).toBe(
      400,
    );
  });

  test("a body that is too large, as sent, chunked, or inflated from a thousandth, is answered 413", async () => {
    const { id, token } = await newSender();
    const large = Buffer.alloc(BYTES_MAX + 1, " ");
    const bodies: [Uint8Array | Uint8Array[], Record<string, string>][] = [
      [large, {}],
      [[large.subarray(0, BYTES_MAX), large.subarray(BYTES_MAX)], {}],
      [gzipSync(Buffer.alloc(64 * BYTES_MAX)), { "content-encoding": "gzip" }],
    ];
    for (const [body, headers] of bodies) {
      const reply = await post(token, encoding, body, headers);
      expect([reply.status, statusOf(encoding, reply).code]).toEqual([413, 8]);
    }
    await gateway.settle();
    const [noted] = await stage.rows("select last_problem from api_tokens where id = $1", [id]);
    expect(noted?.last_problem).toContain(`larger than ${BYTES_MAX} bytes`);
  });
});

describe("whatever the encoding", () => {
  test("another type, and none, are answered 415 in a type that people can read", async () => {
    const { token } = await newSender();
    for (const type of ["text/plain", "application/grpc", ""]) {
      const reply = await gateway.send(SENDER_PATHS.otlp, {
        body: Buffer.from("{}"),
        headers: { authorization: `Bearer ${token}`, "content-type": type },
      });
      expect([reply.status, statusOf("json", reply).code]).toEqual([415, 3]);
    }
  });

  test("another method is answered 405", async () => {
    expect((await gateway.send(SENDER_PATHS.otlp, { method: "GET" })).status).toBe(405);
  });

  test("a database that does not answer is 503 with Retry-After, never 401 or 500", async () => {
    const other = await openStage();
    const broken = await startSenderGateway(other);
    const { token } = await newSender();
    await other.database.close();
    for (const path of [SENDER_PATHS.otlp, SENDER_PATHS.remoteWrite]) {
      const reply = await broken.send(path, {
        body: Buffer.from("{}"),
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
      expect(reply.status).toBe(503);
      expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    await broken.close();
    await other.close();
  });

  test("JSON takes 64-bit numbers as numbers or text, passes over unknown fields, and knows no snake case", async () => {
    const sender = await newSender(["v", "w"]);
    const at = Number(nanoseconds(5));
    const request = requestOf([
      { ...gauge("v", { asInt: 7, timeUnixNano: at, future: { field: 1 } }), novelty: [1] },
      { name: "w", gauge: { data_points: [point()] } },
    ]);
    const reply = await post(sender.token, "json", bodyOf("json", { ...request, more: true }));
    expect([reply.status, reply.body.toString()]).toEqual([200, "{}"]);
    expect(await storedBy(sender.id)).toEqual([["v", 7]]);
  });

  test("a token that is bound to an attribute stores what names a site, and lists and counts what names none", async () => {
    await createSite(stage, orgId, "Lighthouse");
    const sender = await addToken(stage, orgId, { siteLabel: "plant" }, { kept: ["v"] });
    const of = (plant: string, value: number) =>
      requestOf([gauge("v", point({ asDouble: value }))], [...HOST, attribute("plant", plant)])
        .resourceMetrics as Json[];
    const reply = await post(
      sender.token,
      "json",
      bodyOf("json", { resourceMetrics: [...of("lighthouse", 1), ...of("Nowhere", 2), ...of("Harbour", 3)] }),
    );
    expect(partialOf("json", reply)).toEqual({ rejected: 1, message: expect.stringContaining('"Nowhere"') });
    expect((await storedBy(sender.id)).map(([, value]) => value).sort()).toEqual([1, 3]);
    expect(await stage.rows("select name, samples::int from sender_sites where sender_id = $1", [sender.id])).toEqual([
      { name: "Nowhere", samples: 1 },
    ]);
    const streams = await stage.rows(
      "select s.name, x.name as site from telemetry_streams s join sites x on x.id = s.site_id where sender_id = $1 order by 1",
      [sender.id],
    );
    expect(streams).toEqual([
      { name: "Harbour edge-7", site: "Harbour" },
      { name: "lighthouse edge-7", site: "Lighthouse" },
    ]);
  });
});
