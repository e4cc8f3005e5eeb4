import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SIGNATURE_HEADERS } from "@/contract/agents";
import { joinMessages } from "@/contract/messages";
import { MESSAGES_BYTES_MAX, MESSAGES_TYPE } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import { type Database, openDatabase } from "@/db/client";
import { createJoinToken, revokeAgent } from "@/server/agents/commands";
import { compactOrganisation } from "@/server/telemetry/compact";
import {
  backlogMessage,
  batchOf,
  dictionaryMessage,
  factsOf,
  messagesOf,
  reportMessage,
} from "@/server/testing/batches";
import {
  createEdge,
  type Edge,
  enrolEdge,
  type Gateway,
  type PushReply,
  postMessages,
  pushBatch,
  type Refused,
  requestGateway,
  signatureHeaders,
  startGateway,
} from "@/server/testing/edge";
import { blockAt, filesystemReadings, machineReadings } from "@/server/testing/entity-readings";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { until } from "@/server/testing/until";

let stage: Stage;
let worker: Database;
let gateway: Gateway;
let caller: Awaited<ReturnType<typeof signIn>>;
let orgId = "";
let edge: Edge;
let token = "";
let sequence = 0;
const nextBatch = (change?: Parameters<typeof batchOf>[1]) => {
  sequence += 1;
  // A moment of its own each, in the past.
  return batchOf({ sequence }, { at: new Date(Date.now() - 3_600_000 + 1000 * sequence), ...change });
};

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  const organisation = await createOrganisation(stage, "north");
  orgId = organisation.id;
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
  await worker.close();
  await stage.close();
});

const codeOf = (reply: { status: number; body: Refused }) => [reply.status, reply.body.error?.code];
const verdictsOf = (reply: { body: PushReply }) => reply.body.results.map(({ verdict }) => verdict);
const post = (headers: Record<string, string>, body: Buffer | Buffer[]) =>
  requestGateway<PushReply>(gateway, {
    path: GATEWAY_PATHS.push,
    headers: { "content-type": MESSAGES_TYPE, ...headers },
    body,
  });
const signed = (body: Buffer, by = edge) => signatureHeaders(by, "1.1", new Date().toISOString(), body);

async function count(table: string): Promise<number> {
  const [row] = await stage.rows<{ n: number }>(`select count(*)::int as n from ${table}`);
  return row?.n ?? -1;
}

/** All rows, but for when agents and their processes were heard last. */
async function dumpWithoutContacts(): Promise<Record<string, string>> {
  await gateway.writeStates();
  const { agents: _, agent_processes: __, ...rest } = await dumpTables(stage);
  return rest;
}

/** The record after a merge: how many moments and samples it has. */
async function recorded(): Promise<{ moments: number; samples: number }> {
  await compactOrganisation(worker, orgId, { dueSeconds: 0 });
  const [row] = await stage.rows<{ moments: number; samples: number }>(
    "select coalesce(sum(moments), 0)::int as moments, coalesce(sum(samples), 0)::int as samples from telemetry_chunks",
  );
  return row ?? { moments: -1, samples: -1 };
}

describe("who may push", () => {
  test("signed messages are stored, and each is answered by its id with the settings of the site", async () => {
    const before = await count("telemetry_inbox");
    const reply = await pushBatch(gateway, edge, nextBatch({ facts: factsOf() }));
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      settings: { intervalSeconds: 60, batchSeconds: 1, profile: "auto", budget: null },
      results: [
        { id: 1, verdict: "stored" },
        { id: 2, verdict: "stored" },
        { id: 3, verdict: "stored" },
      ],
    });
    expect(Math.abs(Date.parse(reply.body.time) - Date.now())).toBeLessThan(5000);
    expect(await count("telemetry_inbox")).toBe(before + 1);
  });

  test("a body that was changed after signing is refused and not stored", async () => {
    const before = await dumpWithoutContacts();
    const changed = Buffer.from(joinMessages([Buffer.from([4, 1, 1])]));
    const reply = await postMessages(gateway, edge, messagesOf(nextBatch()), { body: changed });
    expect(codeOf(reply)).toEqual([401, "signature_invalid"]);
    expect(await dumpWithoutContacts()).toEqual(before);
  });

  test("a signature by another enrolled agent's key is refused", async () => {
    const other = await enrolEdge(gateway, token, createEdge("other key"));
    const reply = await pushBatch(gateway, { ...other, agentId: edge.agentId }, nextBatch());
    expect(codeOf(reply)).toEqual([401, "signature_invalid"]);
  });

  test.each(Object.values(SIGNATURE_HEADERS))(
    "a request without the header %s is refused by its name",
    async (name) => {
      const body = Buffer.from(joinMessages([]));
      const { [name]: _, ...headers } = signed(body);
      const reply = await post(headers, body);
      expect(codeOf(reply)).toEqual([401, "signature_invalid"]);
      expect(reply.body.error.message).toContain(name);
    },
  );

  test("a changed time or sequence header breaks the signature", async () => {
    const changes: Record<string, string>[] = [
      { [SIGNATURE_HEADERS.time]: "2026-01-01T00:00:00Z" },
      { [SIGNATURE_HEADERS.sequence]: "1.999999" },
    ];
    for (const headers of changes) {
      const reply = await postMessages(gateway, edge, messagesOf(nextBatch()), { headers });
      expect(codeOf(reply)).toEqual([401, "signature_invalid"]);
    }
  });

  test("an agent id that does not exist is refused as unknown", async () => {
    const reply = await pushBatch(gateway, { ...edge, agentId: randomUUID() }, nextBatch());
    expect(codeOf(reply)).toEqual([401, "agent_unknown"]);
  });

  test("a revoked agent is refused on its next request", async () => {
    const leaving = await enrolEdge(gateway, token, createEdge("leaving"));
    expect((await pushBatch(gateway, leaving, nextBatch())).status).toBe(200);
    await revokeAgent(caller, leaving.agentId);
    expect(codeOf(await pushBatch(gateway, leaving, nextBatch()))).toEqual([401, "agent_revoked"]);
  });
});

describe("messages that come again", () => {
  test("the very same request, replayed, is acknowledged and changes nothing in the record or the present", async () => {
    const batch = nextBatch({ facts: factsOf(), entities: [machineReadings(), filesystemReadings("/", 0.4)] });
    expect((await pushBatch(gateway, edge, batch)).status).toBe(200);
    const once = await recorded();
    const before = await dumpWithoutContacts();
    const reply = await pushBatch(gateway, edge, batch);
    expect([reply.status, verdictsOf(reply)]).toEqual([200, ["stored", "stored", "stored"]]);
    expect(await recorded()).toEqual(once);
    const { telemetry_streams: _, ...after } = await dumpWithoutContacts();
    const { telemetry_streams: __, ...expected } = before;
    expect(after).toEqual(expected);
  });

  test("the same batch ten times at once is recorded once, and each is acknowledged", async () => {
    const before = await recorded();
    const batch = nextBatch();
    const replies = await Promise.all(Array.from({ length: 10 }, () => pushBatch(gateway, edge, batch)));
    expect(replies.map((reply) => reply.status)).toEqual(Array(10).fill(200));
    expect((await recorded()).moments).toBe(before.moments + 1);
  });

  test("a moment that another frame repeats keeps the reading that came first", async () => {
    const at = new Date(Date.now() - 30_000);
    await pushBatch(gateway, edge, nextBatch({ at, entities: [filesystemReadings("/first", 0.1)] }));
    const once = await recorded();
    const [first] = await stage.rows("select body from telemetry_chunks order by last_moment desc limit 1");
    await pushBatch(gateway, edge, nextBatch({ at, entities: [filesystemReadings("/first", 0.9)] }));
    expect(await recorded()).toEqual(once);
    expect(await stage.rows("select body from telemetry_chunks order by last_moment desc limit 1")).toEqual([first]);
  });
});

describe("acknowledged only after the commit", () => {
  test("a commit that fails is answered 503 and leaves nothing; the same batch is taken afterwards", async () => {
    const batch = nextBatch({ facts: factsOf({ kernelVersion: { value: "9.9.9" } }) });
    await stage.admin.query(`
      create function refuse_commit() returns trigger language plpgsql as $$ begin
        raise exception 'the disk is gone at the very last moment' using errcode = 'disk_full'; end $$;
      create constraint trigger refuse_commit after insert on telemetry_inbox
        deferrable initially deferred for each row execute function refuse_commit();
      create constraint trigger refuse_commit after update on agents
        deferrable initially deferred for each row execute function refuse_commit();`);
    const before = await dumpWithoutContacts();
    const refused = await pushBatch(gateway, edge, batch);
    expect(codeOf(refused)).toEqual([503, "unavailable"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.stringify(refused.body)).not.toContain("disk");
    expect(await dumpWithoutContacts()).toEqual(before);

    await stage.admin.query(`drop trigger refuse_commit on telemetry_inbox; drop trigger refuse_commit on agents;
      drop function refuse_commit()`);
    const rows = await count("telemetry_inbox");
    expect((await pushBatch(gateway, edge, batch)).status).toBe(200);
    expect(await count("telemetry_inbox")).toBe(rows + 1);
  });

  test("while the commit waits, no answer has left", async () => {
    await stage.admin.query(`
      create function wait_at_commit() returns trigger language plpgsql as $$ begin
        perform pg_advisory_xact_lock(77); return null; end $$;
      create constraint trigger wait_at_commit after insert on telemetry_inbox
        deferrable initially deferred for each row execute function wait_at_commit();
      select pg_advisory_lock(77);`);
    let isAnswered = false;
    const answer = pushBatch(gateway, edge, nextBatch()).then((reply) => {
      isAnswered = true;
      return reply;
    });
    await until("the commit waits for the lock", async () => {
      const waiting = await stage.rows(
        `select 1 from pg_locks l join pg_database d on d.oid = l.database
         where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`,
      );
      return waiting.length === 1;
    });
    expect(isAnswered).toBe(false);
    await stage.admin.query("select pg_advisory_unlock(77)");
    expect((await answer).status).toBe(200);
    await stage.admin.query("drop trigger wait_at_commit on telemetry_inbox; drop function wait_at_commit()");
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

describe("what is not a message", () => {
  test("a frame whose dictionary never came is answered need_dictionary, and nothing of it is stored", async () => {
    const before = await count("telemetry_inbox");
    const block = blockAt(Math.floor(Date.now() / 1000), [filesystemReadings("/never-told", 0.5)]);
    const reply = await postMessages(gateway, edge, [backlogMessage(block, { sequence: 1 })]);
    expect([reply.status, verdictsOf(reply)]).toEqual([200, ["need_dictionary"]]);
    expect(await count("telemetry_inbox")).toBe(before);
  });

  test("a dictionary that came once is known to a gateway that was started since", async () => {
    const batch = nextBatch({ entities: [filesystemReadings("/told-once", 0.5)] });
    await pushBatch(gateway, edge, batch);
    const other = await startGateway(stage.database);
    try {
      const again = await postMessages(other, edge, [backlogMessage(batch.block, { sequence: 1 })]);
      expect(verdictsOf(again)).toEqual(["stored"]);
    } finally {
      await other.close();
    }
  });

  test("a message that cannot be read is malformed; the others of the same request are stored", async () => {
    const good = nextBatch();
    const [dictionary, frame] = messagesOf(good);
    if (!dictionary || frame?.type !== "backlog") throw new Error("expected a dictionary and a frame");
    const torn = { ...frame, frame: frame.frame.slice(0, frame.frame.length - 4) };
    const reply = await postMessages(gateway, edge, [dictionary, torn, frame, reportMessage(1, { agent: 7 })]);
    expect([reply.status, verdictsOf(reply)]).toEqual([200, ["stored", "malformed", "stored", "malformed"]]);
    expect(reply.body.results[3]?.message).toContain("expected object");
  });

  test.each([
    ["a length that points beyond the end", Buffer.from([200, 1, 2])],
    ["half a length", Buffer.from([200])],
  ])("%s is malformed", async (_title, body) => {
    expect(codeOf(await post(signed(body), body))).toEqual([400, "malformed"]);
  });

  test("a payload that unfolds beyond the limit is refused as too large and is not unfolded into memory", async () => {
    const { deflateRawSync } = await import("node:zlib");
    const bomb = deflateRawSync(Buffer.alloc(200 * 1024 * 1024), { level: 9 });
    const before = process.memoryUsage().rss;
    const reply = await postMessages(gateway, edge, [{ type: "dictionary", payload: bomb }]);
    expect(verdictsOf(reply)).toEqual(["too_large"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("one byte more than allowed is refused as too large, with and without content-length", async () => {
    const body = Buffer.alloc(MESSAGES_BYTES_MAX + 1, 32);
    for (let round = 0; round < 10; round += 1) {
      expect(codeOf(await post(signed(body), body))).toEqual([413, "too_large"]);
      const parts = [body.subarray(0, 700_000), body.subarray(700_000)];
      expect(codeOf(await post(signed(body), parts))).toEqual([413, "too_large"]);
    }
  });

  test("another content type or encoding is refused as such", async () => {
    const changes: Record<string, string>[] = [
      { "content-type": "application/json" },
      { "content-type": "" },
      { "content-encoding": "gzip" },
    ];
    for (const headers of changes) {
      const reply = await postMessages(gateway, edge, messagesOf(nextBatch()), { headers });
      expect(codeOf(reply)).toEqual([415, "wrong_type"]);
    }
  });

  test("GET is answered 405 with what is allowed, and an unknown path 404", async () => {
    const get = await requestGateway<Refused>(gateway, { method: "GET", path: GATEWAY_PATHS.push });
    expect([...codeOf(get), get.headers.allow]).toEqual([405, "method_not_allowed", "POST"]);
    const lost = await requestGateway<Refused>(gateway, { path: "/v1/nothing", body: Buffer.from("{}") });
    expect(codeOf(lost)).toEqual([404, "not_found"]);
  });
});

describe("what a newer agent may say", () => {
  test("kinds that this version does not know are counted in reports, and the rest is stored", async () => {
    const agentRow =
      "select ignored_entities::int as entities, ignored_readings::int as readings from agents where id = $1";
    const [before] = await stage.rows<{ entities: number; readings: number }>(agentRow, [edge.agentId]);
    const reason = { code: "not_offered", detail: "too hot" };
    const report = {
      flavour: "vanilla",
      descriptions: [
        { kind: "fusionReactor", key: "core", attributes: {} },
        { kind: "filesystem", key: "/described", attributes: { device: "/dev/vda1" } },
      ],
      unknown: { "filesystem\n/described": { inventedBytes: reason, inventedSeconds: reason } },
    };
    const reply = await postMessages(gateway, edge, [reportMessage(900, report)]);
    expect(verdictsOf(reply)).toEqual(["stored"]);
    const [after] = await stage.rows<{ entities: number; readings: number }>(agentRow, [edge.agentId]);
    expect(after).toEqual({ entities: (before?.entities ?? 0) + 1, readings: (before?.readings ?? 0) + 2 });
    expect(await stage.rows("select attributes from telemetry_entities where key = '/described'")).toEqual([
      { attributes: { device: "/dev/vda1" } },
    ]);
    expect(await stage.rows("select 1 from telemetry_entities where kind = 'fusionReactor'")).toEqual([]);
  });

  test("an entity of a kind that is not known here is counted once, however often its dictionary comes", async () => {
    const agentRow = "select ignored_entities::int as entities from agents where id = $1";
    const [before] = await stage.rows<{ entities: number }>(agentRow, [edge.agentId]);
    const core = { kind: "fusionReactor", key: "core" };
    for (const more of [[], [{ kind: "sensor", key: "beside the core" }], []]) {
      const reply = await postMessages(gateway, edge, [dictionaryMessage([core, ...more])]);
      expect(verdictsOf(reply)).toEqual(["stored"]);
    }
    const [after] = await stage.rows<{ entities: number }>(agentRow, [edge.agentId]);
    expect(after?.entities).toBe((before?.entities ?? 0) + 1);
  });

  test("text that Postgres cannot hold does not block the agent for ever", async () => {
    const odd = factsOf({ systemSerial: { value: "SN\u0000\u0000" }, "odd\u0000name": { value: "\ud800" } });
    const entities = [
      machineReadings(),
      { kind: "sensor" as const, key: "nul\u0000", readings: { temperatureCelsius: 40 } },
    ];
    const batch = { ...nextBatch({ facts: odd, entities }), sequence: 1000 };
    expect(verdictsOf(await pushBatch(gateway, edge, batch))).toEqual(["stored", "stored", "stored"]);
    const [row] = await stage.rows<{ serial: string }>(
      "select facts -> 'systemSerial' ->> 'value' as serial from machines m join agents a on a.machine_id = m.id where a.id = $1",
      [edge.agentId],
    );
    expect(row).toEqual({ serial: "SN" });
    expect(await stage.rows("select 1 from telemetry_entities where key = 'nul'")).toHaveLength(1);
  });
});
