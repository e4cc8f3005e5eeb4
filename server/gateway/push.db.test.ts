import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SIGNATURE_HEADERS } from "@/contract/agents";
import { GATEWAY_PATHS, PUSH_BYTES_MAX, type PushBatch } from "@/contract/telemetry";
import { openDatabase } from "@/db/client";
import { createJoinToken, revokeAgent } from "@/server/agents/commands";
import { batchOf, factsOf, filesystemSample, machineSample } from "@/server/testing/batches";
import {
  createEdge,
  type Edge,
  enrolEdge,
  type Gateway,
  type PushReply,
  pushBatch,
  type Refused,
  requestGateway,
  signatureHeaders,
  startGateway,
} from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { until } from "@/server/testing/until";

let stage: Stage;
let gateway: Gateway;
let caller: Awaited<ReturnType<typeof signIn>>;
let edge: Edge;
let token = "";
let sequence = 0;
const nextBatch = (change?: Parameters<typeof batchOf>[1]) => {
  sequence += 1;
  return batchOf({ sequence }, change);
};

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "north");
  caller = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, organisation.id, "Harbour");
  gateway = await startGateway(stage.database);
  ({ token } = await createJoinToken(caller, {
    name: "Rack",
    siteId,
    labels: {},
    usesMax: 50,
    hoursToLive: 1,
    isApprovalRequired: false,
  }));
  edge = await enrolEdge(gateway, token, createEdge("speaker"));
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const json = { "content-type": "application/json" };
const bodyOf = (batch: PushBatch) => Buffer.from(JSON.stringify(batch));
const sequenceOf = (batch: PushBatch) => `${batch.epoch}.${batch.sequence}`;
const signed = (batch: PushBatch, body: Buffer = bodyOf(batch), by = edge): Record<string, string> => ({
  ...json,
  ...signatureHeaders(by, sequenceOf(batch), batch.sentAt, body),
});
const post = (headers: Record<string, string>, body: Buffer | Buffer[]) =>
  requestGateway<PushReply>(gateway, { path: GATEWAY_PATHS.push, headers, body });
const codeOf = (reply: { status: number; body: Refused }) => [reply.status, reply.body.error?.code];

async function sampleCount(): Promise<number> {
  const [row] = await stage.rows<{ n: number }>("select count(*)::int as n from telemetry_samples");
  return row?.n ?? -1;
}

describe("who may push", () => {
  test("a signed batch is stored and acknowledged by epoch and sequence", async () => {
    const before = await sampleCount();
    const batch = nextBatch();
    const reply = await post(signed(batch), bodyOf(batch));
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      acknowledged: { epoch: batch.epoch, sequence: batch.sequence },
      duplicate: false,
      intervalSeconds: 60,
      ignored: { entities: 0, readings: 0 },
    });
    expect(await sampleCount()).toBe(before + 1);
  });

  test("a body that was changed after signing is refused and not stored", async () => {
    const before = await dumpTables(stage);
    const batch = nextBatch();
    const changed = bodyOf({ ...batch, intervalSeconds: 61 });
    expect(codeOf(await post(signed(batch), changed))).toEqual([401, "signature_invalid"]);
    expect(await dumpTables(stage)).toEqual(before);
  });

  test("a signature by another enrolled agent's key is refused", async () => {
    const other = await enrolEdge(gateway, token, createEdge("other key"));
    const batch = nextBatch();
    const headers = signed(batch, bodyOf(batch), { ...other, agentId: edge.agentId });
    expect(codeOf(await post(headers, bodyOf(batch)))).toEqual([401, "signature_invalid"]);
  });

  test.each(Object.values(SIGNATURE_HEADERS))(
    "a request without the header %s is refused by its name",
    async (name) => {
      const batch = nextBatch();
      const { [name]: _, ...headers } = signed(batch);
      const reply = await post(headers, bodyOf(batch));
      expect(codeOf(reply)).toEqual([401, "signature_invalid"]);
      expect(reply.body.error.message).toContain(name);
    },
  );

  test("a changed time or sequence header breaks the signature", async () => {
    const batch = nextBatch();
    const changes: Record<string, string>[] = [
      { [SIGNATURE_HEADERS.time]: "2026-01-01T00:00:00Z" },
      { [SIGNATURE_HEADERS.sequence]: "1.999999" },
    ];
    for (const change of changes) {
      expect(codeOf(await post({ ...signed(batch), ...change }, bodyOf(batch)))).toEqual([401, "signature_invalid"]);
    }
  });

  test("an agent id that does not exist is refused as unknown", async () => {
    const batch = nextBatch();
    const headers = signed(batch, bodyOf(batch), { ...edge, agentId: randomUUID() });
    expect(codeOf(await post(headers, bodyOf(batch)))).toEqual([401, "agent_unknown"]);
  });

  test("a revoked agent is refused on its next request", async () => {
    const leaving = await enrolEdge(gateway, token, createEdge("leaving"));
    expect((await pushBatch(gateway, leaving, batchOf({ sequence: 1 }))).status).toBe(200);
    await revokeAgent(caller, leaving.agentId);
    expect(codeOf(await pushBatch(gateway, leaving, batchOf({ sequence: 2 })))).toEqual([401, "agent_revoked"]);
  });
});

describe("a batch that comes again", () => {
  test("the very same request, replayed, is acknowledged as a duplicate and changes no row", async () => {
    const batch = nextBatch({ facts: factsOf(), entities: [machineSample(5000), filesystemSample("/", 0.4)] });
    const headers = signed(batch);
    expect((await post(headers, bodyOf(batch))).status).toBe(200);
    const before = await dumpTables(stage);
    const reply = await post(headers, bodyOf(batch));
    expect([reply.status, reply.body.duplicate]).toEqual([200, true]);
    expect(reply.body.acknowledged).toEqual({ epoch: batch.epoch, sequence: batch.sequence });
    expect(await dumpTables(stage)).toEqual(before);
  });

  test("the same batch ten times at once is stored once, and each is acknowledged", async () => {
    const before = await sampleCount();
    const batch = nextBatch();
    const replies = await Promise.all(Array.from({ length: 10 }, () => pushBatch(gateway, edge, batch)));
    expect(replies.map((reply) => reply.status)).toEqual(Array(10).fill(200));
    expect(replies.filter((reply) => !reply.body.duplicate)).toHaveLength(1);
    expect(await sampleCount()).toBe(before + 1);
  });

  test("a moment that another batch repeats keeps the reading that was stored first", async () => {
    const at = new Date(Date.now() - 30_000);
    await pushBatch(gateway, edge, nextBatch({ at, entities: [filesystemSample("/first", 0.1)] }));
    await pushBatch(gateway, edge, nextBatch({ at, entities: [filesystemSample("/first", 0.9)] }));
    const rows = await stage.rows<{ used: number }>(
      `select s.readings[2]::float8 as used from telemetry_samples s join telemetry_entities e on e.id = s.entity_id
       where e.key = '/first'`,
    );
    expect(rows).toEqual([{ used: 10e9 }]);
  });
});

describe("acknowledged only after the commit", () => {
  test("a commit that fails is answered 503 and leaves nothing; the same batch is taken afterwards", async () => {
    const batch = nextBatch({ facts: factsOf({ kernelVersion: { value: "9.9.9" } }) });
    await stage.admin.query(`
      create function refuse_commit() returns trigger language plpgsql as $$ begin
        if new.sequence = ${batch.sequence} then raise exception 'the disk is gone at the very last moment'; end if;
        return null; end $$;
      create constraint trigger refuse_commit after insert on telemetry_batches
        deferrable initially deferred for each row execute function refuse_commit();`);
    const before = await dumpTables(stage);
    const refused = await pushBatch(gateway, edge, batch);
    expect(codeOf(refused)).toEqual([503, "unavailable"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.stringify(refused.body)).not.toContain("disk");
    expect(await dumpTables(stage)).toEqual(before);

    await stage.admin.query("drop trigger refuse_commit on telemetry_batches; drop function refuse_commit()");
    const taken = await pushBatch(gateway, edge, batch);
    expect([taken.status, taken.body.duplicate]).toEqual([200, false]);
    const [row] = await stage.rows<{ n: number }>(
      "select count(*)::int as n from telemetry_batches where sequence = $1",
      [batch.sequence],
    );
    expect(row).toEqual({ n: 1 });
  });

  test("while the commit waits, no answer has left", async () => {
    const batch = nextBatch();
    await stage.admin.query(`
      create function wait_at_commit() returns trigger language plpgsql as $$ begin
        perform pg_advisory_xact_lock(77); return null; end $$;
      create constraint trigger wait_at_commit after insert on telemetry_batches
        deferrable initially deferred for each row execute function wait_at_commit();
      select pg_advisory_lock(77);`);
    let isAnswered = false;
    const answer = pushBatch(gateway, edge, batch).then((reply) => {
      isAnswered = true;
      return reply;
    });
    await until("the commit waits for the lock", async () => {
      const waiting = await stage.rows("select 1 from pg_locks where locktype = 'advisory' and not granted");
      return waiting.length === 1;
    });
    expect(isAnswered).toBe(false);
    await stage.admin.query("select pg_advisory_unlock(77)");
    expect((await answer).status).toBe(200);
    await stage.admin.query("drop trigger wait_at_commit on telemetry_batches; drop function wait_at_commit()");
  });

  test("a database that is away is answered 503 with retry-after, never 401", async () => {
    const away = openDatabase("postgres://nobody:nothing@127.0.0.1:1/nowhere", { applicationName: "test" });
    const alone = await startGateway(away);
    try {
      const reply = await pushBatch(alone, edge, nextBatch());
      expect(codeOf(reply)).toEqual([503, "unavailable"]);
      expect(Number(reply.headers["retry-after"])).toBeGreaterThanOrEqual(5);
      const ready = await requestGateway<Refused>(alone, { method: "GET", path: GATEWAY_PATHS.ready });
      expect(codeOf(ready)).toEqual([503, "unavailable"]);
      const alive = await requestGateway<Refused>(alone, { method: "GET", path: GATEWAY_PATHS.health });
      expect(alive.status).toBe(200);
    } finally {
      await alone.close();
      await away.close();
    }
  });
});

describe("what is not a batch", () => {
  test("a sequence header that is not that of the body is malformed", async () => {
    const batch = nextBatch();
    const body = bodyOf(batch);
    const headers = { ...json, ...signatureHeaders(edge, `1.${batch.sequence + 1000}`, batch.sentAt, body) };
    const reply = await post(headers, body);
    expect(codeOf(reply)).toEqual([400, "malformed"]);
    expect(reply.body.error.message).toContain(sequenceOf(batch));
  });

  test.each([
    ["no JSON", "{", "not valid JSON"],
    ["a number instead of a batch", "7", "expected object"],
    ["a batch without observations", "{}", "observations"],
  ])("%s is malformed, and the answer says what was expected", async (_title, text, expected) => {
    const batch = nextBatch();
    const body = Buffer.from(text);
    const reply = await post(signed(batch, body), body);
    expect(codeOf(reply)).toEqual([400, "malformed"]);
    expect(reply.body.error.message).toContain(expected);
  });

  test("bytes that are not gzip, announced as gzip, are malformed", async () => {
    const batch = nextBatch();
    const body = Buffer.from("this is no gzip");
    const reply = await post({ ...signed(batch, body), "content-encoding": "gzip" }, body);
    expect(codeOf(reply)).toEqual([400, "malformed"]);
  });

  test("a gzip bomb is refused as too large and is not inflated into memory", async () => {
    const batch = nextBatch();
    const bomb = gzipSync(Buffer.alloc(512 * 1024 * 1024), { level: 9 });
    const before = process.memoryUsage().rss;
    const reply = await post({ ...signed(batch, bomb), "content-encoding": "gzip" }, bomb);
    const grownBytes = process.memoryUsage().rss - before;
    expect(codeOf(reply)).toEqual([413, "too_large"]);
    expect(grownBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test("one byte more than allowed is refused as too large, with and without content-length", async () => {
    const batch = nextBatch();
    const body = Buffer.alloc(PUSH_BYTES_MAX + 1, 32);
    for (let round = 0; round < 10; round += 1) {
      expect(codeOf(await post(signed(batch, body), body))).toEqual([413, "too_large"]);
      const parts = [body.subarray(0, 700_000), body.subarray(700_000)];
      expect(codeOf(await post(signed(batch, body), parts))).toEqual([413, "too_large"]);
    }
  });

  test("exactly what is allowed is read", async () => {
    const batch = nextBatch();
    const body = Buffer.alloc(PUSH_BYTES_MAX, 32);
    expect(codeOf(await post(signed(batch, body), body))).toEqual([400, "malformed"]);
  });

  test("another content type or encoding is refused as such", async () => {
    const batch = nextBatch();
    const headers = signed(batch);
    const changes: Record<string, string>[] = [
      { "content-type": "text/plain" },
      { "content-type": "" },
      { "content-encoding": "br" },
    ];
    for (const change of changes) {
      expect(codeOf(await post({ ...headers, ...change }, bodyOf(batch)))).toEqual([415, "wrong_type"]);
    }
  });

  test("GET is answered 405 with what is allowed, and an unknown path 404", async () => {
    const get = await requestGateway<Refused>(gateway, { method: "GET", path: GATEWAY_PATHS.push });
    expect([...codeOf(get), get.headers.allow]).toEqual([405, "method_not_allowed", "POST"]);
    const lost = await requestGateway<Refused>(gateway, {
      path: "/v1/nothing",
      headers: json,
      body: Buffer.from("{}"),
    });
    expect(codeOf(lost)).toEqual([404, "not_found"]);
  });
});

describe("what a newer agent may say", () => {
  test("unknown kinds and reading names are counted, answered and kept out; the rest is stored", async () => {
    const agentRow =
      "select ignored_entities::int as entities, ignored_readings::int as readings from agents where id = $1";
    const [before] = await stage.rows<{ entities: number; readings: number }>(agentRow, [edge.agentId]);
    const batch = nextBatch({
      entities: [
        { kind: "fusionReactor", key: "core", readings: { plasmaKelvin: 1e8 } },
        machineSample(9000, { inventedBytes: 1, inventedSeconds: 2 }),
      ],
    });
    const reply = await pushBatch(gateway, edge, batch);
    expect(reply.body.ignored).toEqual({ entities: 1, readings: 2 });
    const [after] = await stage.rows<{ entities: number; readings: number }>(agentRow, [edge.agentId]);
    expect(after).toEqual({ entities: (before?.entities ?? 0) + 1, readings: (before?.readings ?? 0) + 2 });
    expect(await stage.rows("select 1 from telemetry_entities where kind = 'fusionReactor'")).toEqual([]);
  });

  test("unknown fields are ignored", async () => {
    const batch = { ...nextBatch(), flavour: "vanilla" };
    expect((await pushBatch(gateway, edge, batch)).status).toBe(200);
  });

  test("text that Postgres cannot hold does not block the agent for ever", async () => {
    const batch = nextBatch({
      facts: factsOf({ systemSerial: { value: "SN\u0000\u0000" }, "odd\u0000name": { value: "\ud800" } }),
      entities: [machineSample(9100), { kind: "sensor", key: "nul\u0000", readings: { temperatureCelsius: 40 } }],
    });
    expect((await pushBatch(gateway, edge, batch)).status).toBe(200);
    const [row] = await stage.rows<{ serial: string }>(
      "select facts -> 'systemSerial' ->> 'value' as serial from machines m join agents a on a.machine_id = m.id where a.id = $1",
      [edge.agentId],
    );
    expect(row).toEqual({ serial: "SN" });
  });

  test("a time that no calendar of Postgres holds is malformed, and not refused for ever with 503", async () => {
    const batch = nextBatch();
    const odd = { ...batch, observations: [{ observedAt: "0000-01-01T00:00:00Z", entities: [] }] };
    const reply = await pushBatch(gateway, edge, odd);
    expect(codeOf(reply)).toEqual([400, "malformed"]);
    expect(reply.body.error.message).toContain("expected a year from 0001 on");
  });
});
