import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SENDER_PATHS } from "@/contract/sender-paths";
import { createOrganisation, createSite } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { packed, STALE, writeRequest1, writeRequest2 } from "./testing/remote-write-encoder";
import { addToken, type Reply, readBack, type SenderGateway, startSenderGateway } from "./testing/sender-stage";

/** The cases of prometheus/compliance remotewrite/receiver, and read back what is stored, which that suite never does. */

let stage: Stage;
let gateway: SenderGateway;
let orgId: string;
let siteId: string;

beforeAll(async () => {
  stage = await openStage();
  gateway = await startSenderGateway(stage);
  const organisation = await createOrganisation(stage, "north");
  orgId = organisation.id;
  siteId = await createSite(stage, orgId, "Harbour");
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const TYPE_1 = "application/x-protobuf";
const TYPE_2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
const HEADERS_1 = {
  "content-encoding": "snappy",
  "content-type": TYPE_1,
  "x-prometheus-remote-write-version": "0.1.0",
};
const HEADERS_2 = {
  "content-encoding": "snappy",
  "content-type": TYPE_2,
  "x-prometheus-remote-write-version": "2.0.0",
};

const NOW_SECONDS = Math.floor(Date.now() / 1000);
const at = (secondsAgo: number) => (NOW_SECONDS - secondsAgo) * 1000;
const newSender = (kept: string[]) => addToken(stage, orgId, { siteId }, { kept });

const post = (token: string, body: Buffer, headers: Record<string, string>, path: string = SENDER_PATHS.remoteWrite) =>
  gateway.send(path, { body, headers: { authorization: `Bearer ${token}`, ...headers } });

const written = (reply: Reply) =>
  ["samples", "histograms", "exemplars"].map((what) => reply.headers.get(`x-prometheus-remote-write-${what}-written`));

type Labels = [string, string][];
const named = (name: string, labels: Labels = []): Labels => [
  ["__name__", name],
  ["job", "test"],
  ["instance", "one"],
  ...labels,
];

async function valuesOf(senderId: string): Promise<(number | string)[]> {
  await gateway.settle();
  return (await readBack(stage, senderId)).map(({ value }) => value);
}

describe("what is no request of remote write", () => {
  test.each([
    ["application/json", { "content-type": "application/json" }],
    ["image/png", { "content-type": "image/png" }],
    ["another message", { "content-type": "application/x-protobuf;proto=io.prometheus.write.v3.Request" }],
    ["gzip", { "content-encoding": "gzip" }],
    ["deflate", { "content-encoding": "deflate" }],
  ])("is answered 415: %s", async (_name, change) => {
    const { token } = await newSender([]);
    const body = packed(writeRequest2([{ labels: named("a"), samples: [{ value: 1, atMs: at(1) }] }]));
    expect((await post(token, body, { ...HEADERS_2, ...change })).status).toBe(415);
  });

  test.each([
    ["no snappy", Buffer.from("not snappy at all")],
    [
      "a block that ends early",
      packed(writeRequest1([{ labels: named("a"), samples: [{ value: 1, atMs: 1 }] }])).subarray(0, 20),
    ],
    ["no protobuf", packed(Buffer.from("\xff\xff\xff not protobuf", "latin1"))],
    ["nothing at all", Buffer.alloc(0)],
  ])("is answered 400: %s", async (_name, body) => {
    const { token } = await newSender([]);
    expect((await post(token, body, HEADERS_1)).status).toBe(400);
    expect((await post(token, body, HEADERS_2)).status).toBe(400);
  });

  test("is answered 413 before a byte is decoded when the block claims four gigabytes", async () => {
    const { token } = await newSender([]);
    const reply = await post(token, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), HEADERS_1);
    expect([reply.status, reply.body.toString()]).toEqual([413, expect.stringContaining("4294967295 bytes")]);
  });

  test("is answered 405 for another method, and 401 without a token, with a wrong secret, with an expired one", async () => {
    const { token } = await newSender([]);
    const old = await addToken(stage, orgId, { siteId }, { expiresAt: new Date(Date.now() - 1000) });
    const wrong = `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    const body = packed(writeRequest1([]));
    expect((await gateway.send(SENDER_PATHS.remoteWrite, { method: "PUT", body })).status).toBe(405);
    expect((await gateway.send(SENDER_PATHS.remoteWrite, { body, headers: HEADERS_1 })).status).toBe(401);
    expect((await post(wrong, body, HEADERS_1)).status).toBe(401);
    expect((await post(old.token, body, HEADERS_1)).status).toBe(401);
    const basic = `Basic ${Buffer.from(`prometheus:${token}`).toString("base64")}`;
    const reply = await gateway.send(SENDER_PATHS.remoteWriteAlias, {
      body,
      headers: { ...HEADERS_1, authorization: basic },
    });
    expect(reply.status).toBe(204);
  });
});

describe("values", () => {
  test.each([
    ["1", 1],
    ["a fraction", 0.1 + 0.2],
    ["−0", -0],
    ["the largest", Number.MAX_VALUE],
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["minus infinity", Number.NEGATIVE_INFINITY],
  ])(
    "%s is written, counted exactly and read back to the bit, by 1.0 and by both candidates of 2.0",
    async (_n, value) => {
      const series = [{ labels: named("kept_value"), samples: [{ value, atMs: at(30) }] }];
      const bodies = [
        [writeRequest1(series), HEADERS_1, [null, null, null]],
        [writeRequest2(series, "rc.3"), HEADERS_2, ["1", "0", "0"]],
        [writeRequest2(series, "rc.4"), HEADERS_2, ["1", "0", "0"]],
      ] as const;
      for (const [body, headers, counts] of bodies) {
        const sender = await newSender(["kept_value"]);
        const reply = await post(sender.token, packed(body), headers);
        expect([reply.status, reply.body.length, ...written(reply)]).toEqual([204, 0, ...counts]);
        const [stored] = await valuesOf(sender.id);
        expect(Object.is(stored, value), `${stored} is ${value}`).toBe(true);
      }
    },
  );

  test("a stale marker is told from NaN by its bits: written, and nothing is stored", async () => {
    for (const [encode, headers] of [
      [writeRequest1, HEADERS_1],
      [writeRequest2, HEADERS_2],
    ] as const) {
      const sender = await newSender(["kept_value"]);
      const body = encode([{ labels: named("kept_value"), samples: [{ value: STALE, atMs: at(1) }] }]);
      const reply = await post(sender.token, packed(body), headers);
      expect(reply.status).toBe(204);
      if (headers === HEADERS_2) expect(written(reply)).toEqual(["1", "0", "0"]);
      expect(await valuesOf(sender.id)).toEqual([]);
    }
  });
});

describe("names", () => {
  test.each([
    ["dots and spaces", "a.metric with spaces", []],
    ["a label value of several lines", "kept", [["text", 'one\ntwo "three"']]],
    [
      "labels in any order",
      "kept",
      [
        ["z", "1"],
        ["a", "2"],
      ],
    ],
    ["other scripts", "temperatur_kühl", [["ort", "Kühlhaus ❄"]]],
  ] as [string, string, Labels][])("with %s are kept as they are", async (_what, name, labels) => {
    const sender = await newSender([name]);
    const reply = await post(
      sender.token,
      packed(writeRequest2([{ labels: named(name, labels), samples: [{ value: 7, atMs: at(5) }] }])),
      HEADERS_2,
    );
    expect([reply.status, ...written(reply)]).toEqual([204, "1", "0", "0"]);
    await gateway.settle();
    const [stored] = await readBack(stage, sender.id);
    expect(stored?.value).toBe(7);
    expect(stored?.key.startsWith(`${name}{`)).toBe(true);
    for (const [label, value] of labels) expect(stored?.key).toContain(`${label}=${JSON.stringify(value)}`);
  });

  test.each([
    ["without a name", [["job", "test"]]],
    [
      "with an empty name",
      [
        ["__name__", ""],
        ["job", "test"],
      ],
    ],
    ["without labels", []],
    [
      "with a label twice",
      [
        ["__name__", "twice"],
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    [
      "with an empty label name",
      [
        ["__name__", "empty"],
        ["", "1"],
      ],
    ],
    [
      "with a NUL",
      [
        ["__name__", "nul"],
        ["a", "\0"],
      ],
    ],
  ] as [string, Labels][])(
    "a series %s is answered 400 while the good ones beside it are stored",
    async (_what, labels) => {
      for (const [encode, headers] of [
        [writeRequest1, HEADERS_1],
        [writeRequest2, HEADERS_2],
      ] as const) {
        const sender = await newSender(["kept"]);
        const good = [1, 2, 3].map((n) => ({
          labels: named("kept", [["n", String(n)]]),
          samples: [{ value: n, atMs: at(9) }],
        }));
        const reply = await post(
          sender.token,
          packed(encode([...good, { labels, samples: [{ value: 4, atMs: at(9) }] }])),
          headers,
        );
        expect([reply.status, reply.body.toString()]).toEqual([
          400,
          expect.stringMatching(/^1 samples were not stored: found/),
        ]);
        if (headers === HEADERS_2) expect(written(reply)).toEqual(["3", "0", "0"]);
        expect(await valuesOf(sender.id)).toEqual([1, 2, 3]);
      }
    },
  );

  test("references beyond the symbols, or an odd number of them, are answered 400", async () => {
    const sender = await newSender([]);
    const good = Buffer.from(writeRequest2([{ labels: [["__name__", "a"]], samples: [{ value: 1, atMs: at(1) }] }]));
    const far = Buffer.from(good);
    // The packed references follow tag 0x0a and their length, 2: __name__ is symbol 1 and "a" symbol 2.
    const place = far.indexOf(Buffer.from([0x0a, 2, 1, 2]));
    far[place + 3] = 9;
    expect((await post(sender.token, packed(far), HEADERS_2)).status).toBe(400);
    const odd = Buffer.from(writeRequest2([{ labels: [["__name__", "a"]], samples: [] }]));
    const series = odd.indexOf(Buffer.from([0x2a, 4, 0x0a, 2, 1, 2]));
    const shorter = Buffer.concat([odd.subarray(0, series), Buffer.from([0x2a, 3, 0x0a, 1, 1])]);
    expect((await post(sender.token, packed(shorter), HEADERS_2)).status).toBe(400);
    const first = Buffer.from(good);
    first[1] = 0;
    const withoutEmpty = Buffer.concat([Buffer.from([0x22, 1, 0x61]), good.subarray(2)]);
    expect((await post(sender.token, packed(withoutEmpty), HEADERS_2)).status).toBe(400);
  });
});

describe("requests", () => {
  test("with metadata only, of all types, or with nothing, are answered 204", async () => {
    const sender = await newSender([]);
    const metadata = [0, 1, 2, 3, 4, 5, 6, 7].map((type) => ({ type, name: `family_${type}`, unit: "bytes" }));
    expect((await post(sender.token, packed(writeRequest1([], metadata)), HEADERS_1)).status).toBe(204);
    expect((await post(sender.token, packed(writeRequest1([])), HEADERS_1)).status).toBe(204);
    const types = metadata.map(({ type, name }) => ({
      labels: named(name),
      type,
      unit: "s",
      samples: [{ value: 1, atMs: at(2) }],
    }));
    const reply = await post(sender.token, packed(writeRequest2(types)), HEADERS_2);
    expect([reply.status, ...written(reply)]).toEqual([204, "8", "0", "0"]);
    await gateway.settle();
    const rows = await stage.rows(
      "select name, type, unit, series::int, samples::int from sender_metrics where sender_id = $1 and name = 'family_1'",
      [sender.id],
    );
    expect(rows).toEqual([{ name: "family_1", type: "counter", unit: "s", series: 1, samples: 1 }]);
  });

  test("with metadata apart from samples tell type and unit of what came before and comes after", async () => {
    const sender = await newSender([]);
    const body = packed(writeRequest1([{ labels: named("size_bucket"), samples: [{ value: 1, atMs: at(4) }] }]));
    await post(sender.token, body, HEADERS_1);
    await gateway.settle();
    await post(sender.token, packed(writeRequest1([], [{ type: 3, name: "size", unit: "bytes" }])), HEADERS_1);
    await gateway.settle();
    await post(sender.token, body, HEADERS_1);
    await gateway.settle();
    const rows = await stage.rows("select type, unit, samples::int from sender_metrics where sender_id = $1", [
      sender.id,
    ]);
    expect(rows).toEqual([{ type: "histogram", unit: "bytes", samples: 2 }]);
  });

  test("many samples of one series are all there, in one request or out of order over several", async () => {
    const sender = await newSender(["kept"]);
    const many = (from: number, to: number) =>
      packed(
        writeRequest2([
          {
            labels: named("kept"),
            samples: Array.from({ length: to - from }, (_, n) => ({
              value: from + n,
              atMs: at(2000 - 10 * (from + n)),
            })),
          },
        ]),
      );
    expect((await post(sender.token, many(100, 150), HEADERS_2)).status).toBe(204);
    expect((await post(sender.token, many(0, 100), HEADERS_2)).status).toBe(204);
    const values = await valuesOf(sender.id);
    expect(values).toEqual(Array.from({ length: 150 }, (_, n) => n));
  });

  test("that come twice, also after they were settled, change no stored row", async () => {
    const sender = await newSender(["kept"]);
    const body = packed(
      writeRequest1([
        {
          labels: named("kept"),
          samples: [
            { value: 1, atMs: at(40) },
            { value: 2, atMs: at(20) },
          ],
        },
      ]),
    );
    await post(sender.token, body, HEADERS_1);
    await post(sender.token, body, HEADERS_1);
    const before = await valuesOf(sender.id);
    expect(before).toEqual([1, 2]);
    await post(sender.token, body, HEADERS_1);
    const all = await readBack(stage, sender.id);
    await gateway.settle();
    // The inbox may hold a moment twice: the merge takes each moment of an entity once.
    expect(new Set(all.map(({ moment, value }) => `${moment} ${value}`)).size).toBe(2);
  });

  test("with exemplars are answered 204, and none is called written", async () => {
    const sender = await newSender([]);
    const reply = await post(
      sender.token,
      packed(writeRequest2([{ labels: named("a"), samples: [{ value: 1, atMs: at(1) }], exemplars: 2 }])),
      HEADERS_2,
    );
    expect([reply.status, ...written(reply)]).toEqual([204, "1", "0", "0"]);
  });

  test.each([
    ["in the future", -3600],
    ["before what is kept", 40 * 86_400],
  ])("with a time %s are answered 400 by that time", async (_what, ago) => {
    const sender = await newSender(["kept"]);
    const samples = [
      { value: 1, atMs: at(ago) },
      { value: 2, atMs: at(3) },
    ];
    const reply = await post(sender.token, packed(writeRequest2([{ labels: named("kept"), samples }])), HEADERS_2);
    expect([reply.status, ...written(reply)]).toEqual([400, "1", "0", "0"]);
    expect(await valuesOf(sender.id)).toEqual([2]);
  });
});

describe("native histograms", () => {
  const histogram = { atMs: 0, count: 6, sum: 12.5, buckets: [1, 2, 3] };
  test.each([
    ["exponential buckets", {}],
    ["custom buckets", { schema: -53, customValues: [1, 2] }],
  ])("with %s are stored as their count and their sum", async (_what, change) => {
    const sender = await newSender(["latency_count", "latency_sum"]);
    const reply = await post(
      sender.token,
      packed(
        writeRequest2([{ labels: named("latency"), type: 3, histograms: [{ ...histogram, ...change, atMs: at(3) }] }]),
      ),
      HEADERS_2,
    );
    expect([reply.status, ...written(reply)]).toEqual([204, "0", "1", "0"]);
    expect(await valuesOf(sender.id)).toEqual([6, 12.5]);
  });

  test("whose buckets do not add up to their count are answered 400, and so are samples beside histograms", async () => {
    const sender = await newSender([]);
    const bad = { ...histogram, count: 7, atMs: at(3) };
    const reply = await post(
      sender.token,
      packed(writeRequest2([{ labels: named("latency"), histograms: [bad] }])),
      HEADERS_2,
    );
    expect([reply.status, ...written(reply)]).toEqual([400, "0", "0", "0"]);
    const both = {
      labels: named("latency"),
      histograms: [{ ...histogram, atMs: at(3) }],
      samples: [{ value: 1, atMs: at(3) }],
    };
    expect((await post(sender.token, packed(writeRequest2([both])), HEADERS_2)).status).toBe(400);
  });
});
