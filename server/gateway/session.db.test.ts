import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metricsOf } from "@/contract/metrics";
import { SESSION_PATH } from "@/contract/session";
import { type Database, openDatabase } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { approveAgent, createJoinToken, revokeAgent } from "@/server/agents/commands";
import { compactOrganisation } from "@/server/telemetry/compact";
import { updateLinkSettings } from "@/server/telemetry/link-settings";
import { backlogMessage, dictionaryMessage } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession, TestSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf } from "@/server/testing/streams";
import { until } from "@/server/testing/until";

const ENTRIES = [
  { kind: "machine" as const, key: "machine" },
  { kind: "filesystem" as const, key: "/" },
];
const NOT_SET = { profile: null, bytesPerDay: null, bitsPerSecond: null, intervalSeconds: null, batchSeconds: null };

let stage: Stage;
let worker: Database;
let gateway: Gateway;
let owner: Caller;
let orgId = "";
let siteId = "";
let token = "";
let edge: Edge;
let count = 0;
let moment = 0;

beforeAll(async () => {
  stage = await openStage();
  worker = openDatabase(stage.urls.workerUrl, { applicationName: "test", connectionsMax: 2 });
  const organisation = await createOrganisation(stage, "north");
  orgId = organisation.id;
  owner = await signIn(stage, organisation.people.owner);
  siteId = await createSite(stage, organisation.id, "Harbour");
  gateway = await startGateway(stage.database);
  token = await makeToken(false);
});
afterAll(async () => {
  await gateway.close();
  await worker.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  moment = Math.floor(Date.now() / 1000) - 3000;
  edge = await enrolEdge(gateway, token, createEdge(`edge ${count}`));
});

const makeToken = async (isApprovalRequired: boolean) => {
  const input = { name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired };
  return (await createJoinToken(owner, input)).token;
};
/** Some moments that follow those before; every reading is its moment's number. */
const nextBlock = (moments = 1, from = ENTRIES_LAYOUT) => {
  const list = Array.from({ length: moments }, () => ++moment);
  const block = blockOf(from, list, ({ moment: at, metric }) => (at % 1000) + metric);
  return { ...block, layout: layouts.get(from) ?? keep(from, block.layout) };
};
const ENTRIES_LAYOUT = ENTRIES;
const layouts = new Map<unknown, ReturnType<typeof blockOf>["layout"]>();
function keep(from: unknown, layout: ReturnType<typeof blockOf>["layout"]) {
  layouts.set(from, layout);
  return layout;
}

async function streamRows(): Promise<{ frames: number; moments: number; sequences: number[] }> {
  const [row] = await stage.rows<{ frames: number; moments: number; sequences: number[] | null }>(
    `select count(*)::int as frames, coalesce(sum(i.moments), 0)::int as moments,
       array_agg(i.sequence::int order by i.sequence) as sequences
     from telemetry_inbox i join telemetry_streams s on s.id = i.stream_id join agents a on a.machine_id = s.machine_id
     where a.id = $1`,
    [edge.agentId],
  );
  return { frames: row?.frames ?? 0, moments: row?.moments ?? 0, sequences: row?.sequences ?? [] };
}
async function refusalOf(session: TestSession) {
  await until("the session is refused", () => session.closed);
  return [session.refusal?.code, session.closed?.code];
}

describe("the first words", () => {
  test("an agent that signs the challenge is welcomed with its site's settings and the time", async () => {
    const session = await openSession(gateway, edge);
    expect(session.words).toEqual([
      {
        welcome: {
          time: expect.any(String),
          settings: { intervalSeconds: 60, batchSeconds: 1, profile: "auto", budget: null },
        },
      },
    ]);
    await session.close();
  });

  test("a signature by another key, or over another challenge, opens nothing", async () => {
    const other = await enrolEdge(gateway, token, createEdge(`other ${count}`));
    expect(await refusalOf(new TestSession(gateway, edge, { signer: other }))).toEqual(["signature_invalid", 4401]);
  });

  test("a key id that no agent has is unknown", async () => {
    const keyId = "00000000-0000-4000-8000-000000000000";
    expect(await refusalOf(new TestSession(gateway, edge, { keyId }))).toEqual(["agent_unknown", 4401]);
  });

  test("an agent in the waiting room is told so, and gets its session once it is approved", async () => {
    const waiting = await enrolEdge(gateway, await makeToken(true), createEdge(`waiting ${count}`));
    expect(await refusalOf(new TestSession(gateway, waiting))).toEqual(["agent_waiting", 4403]);
    await approveAgent(owner, waiting.agentId);
    await (await openSession(gateway, waiting)).close();
  });

  test("a revoked agent is told so", async () => {
    await revokeAgent(owner, edge.agentId);
    expect(await refusalOf(new TestSession(gateway, edge))).toEqual(["agent_revoked", 4401]);
  });

  test("a database that is away is said to be away, never that the agent is unknown", async () => {
    const away = openDatabase("postgres://nobody:nothing@127.0.0.1:1/nowhere", { applicationName: "test" });
    const alone = await startGateway(away);
    const session = new TestSession(alone, edge);
    expect(await refusalOf(session)).toEqual(["unavailable", 4503]);
    expect(session.refusal?.retryAfterSeconds).toBeGreaterThanOrEqual(5);
    await alone.close();
    await away.close();
  });

  test.each([
    ["an absolute address as its path", `http://127.0.0.1:9${SESSION_PATH}`, "fernblick-1", 404],
    ["another path", "/v1/elsewhere", "fernblick-1", 404],
    ["another protocol", SESSION_PATH, "chat", 400],
  ])("an upgrade with %s is not made", async (_title, path, protocol, status) => {
    const socket = connect(gateway.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`,
    );
    await until("it is answered", () => answer !== "");
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    socket.destroy();
  });

  test("who has no room left is told when to come again, before anything is read", async () => {
    const full = await startGateway(stage.database, 60, { limits: { connectionsMax: 1 } });
    const first = await openSession(full, edge);
    const other = await enrolEdge(gateway, token, createEdge(`no room ${count}`));
    const session = new TestSession(full, other);
    let status = 0;
    let retryAfter = 0;
    session.socket.on("unexpected-response", (_request, response) => {
      status = response.statusCode ?? 0;
      retryAfter = Number(response.headers["retry-after"]);
    });
    await until("the upgrade is refused", () => status > 0);
    expect(status).toBe(503);
    expect(retryAfter).toBeGreaterThanOrEqual(5);
    session.socket.terminate();
    await first.close();
    // The room is free again.
    await until("the other one gets in", async () => {
      const again = new TestSession(full, other);
      await until("it is decided", () => again.settings || again.closed);
      const isIn = again.settings !== null;
      if (isIn) await again.close();
      return isIn;
    });
    await full.close();
  });
});

describe("live frames", () => {
  test("are acknowledged after their commit and stored as frames that stand alone", async () => {
    const session = await openSession(gateway, edge, { epoch: 7 });
    for (let round = 1; round <= 5; round += 1) {
      const answer = await session.sendLive(nextBlock());
      expect(answer.type).toBe("acknowledged");
      expect((await streamRows()).frames).toBe(round);
    }
    const { moments, sequences } = await streamRows();
    expect({ moments, sequences }).toEqual({ moments: 5, sequences: [1, 2, 3, 4, 5] });
    await compactOrganisation(worker, orgId, { dueSeconds: 0 });
    const [row] = await stage.rows(
      `select sum(c.samples)::int as samples from telemetry_chunks c join telemetry_streams s on s.id = c.stream_id
       join agents a on a.machine_id = s.machine_id where a.id = $1`,
      [edge.agentId],
    );
    expect(row).toEqual({ samples: 5 * (metricsOf("machine").length + metricsOf("filesystem").length) });
    await session.close();
  });

  test("without a state here are answered need_key, and a key frame is taken", async () => {
    const before = await openSession(gateway, edge);
    await before.sendLive(nextBlock());
    await before.close();
    const session = await openSession(gateway, edge);
    const answer = await session.send({ type: "live", sequence: 9, hash: null, frame: Buffer.from([2, 1, 1]) });
    expect(answer).toMatchObject({ type: "needKey" });
    expect((await session.sendLive(nextBlock(), 10)).type).toBe("acknowledged");
    await session.close();
  });

  test("whose dictionary never came are answered need_dictionary; one that came once needs not come again", async () => {
    const session = await openSession(gateway, edge);
    const message = backlogMessage(nextBlock(), { sequence: 1 });
    expect((await session.send(message)).type).toBe("needDictionary");
    expect((await session.send(dictionaryMessage(ENTRIES))).type).toBe("acknowledged");
    expect((await session.send(message)).type).toBe("acknowledged");
    await session.close();
    const other = await startGateway(stage.database);
    const elsewhere = await openSession(other, edge);
    expect((await elsewhere.send(backlogMessage(nextBlock(), { sequence: 2 }))).type).toBe("acknowledged");
    await elsewhere.close();
    await other.close();
  });

  test("that cannot be read are refused as malformed, and the next key frame begins anew", async () => {
    const session = await openSession(gateway, edge);
    await session.sendLive(nextBlock());
    const torn = await session.send({ type: "live", sequence: 2, hash: null, frame: Buffer.from([2, 255, 255]) });
    expect(torn).toMatchObject({ type: "refused" });
    expect(torn.type === "refused" && JSON.parse(torn.text)).toMatchObject({ code: "malformed" });
    const orphan = await session.send({ type: "live", sequence: 3, hash: null, frame: Buffer.from([2, 1, 1]) });
    expect(orphan.type).toBe("needKey");
    await session.close();
  });

  test("in a commit that fails are refused, not acknowledged, and the next one needs a key", async () => {
    const session = await openSession(gateway, edge);
    await session.sendLive(nextBlock());
    await stage.admin.query(`
      create function refuse_commit() returns trigger language plpgsql as $$ begin
        raise exception 'the disk is gone' using errcode = 'disk_full'; end $$;
      create constraint trigger refuse_commit after insert on telemetry_inbox
        deferrable initially deferred for each row execute function refuse_commit();`);
    const refused = await session.sendLive(nextBlock());
    await stage.admin.query("drop trigger refuse_commit on telemetry_inbox; drop function refuse_commit()");
    expect(refused.type === "refused" && JSON.parse(refused.text)).toMatchObject({
      code: "unavailable",
      retryAfterSeconds: expect.any(Number),
    });
    expect((await session.sendLive(nextBlock())).type).toBe("needKey");
    expect((await streamRows()).frames).toBe(1);
    await session.close();
  });

  test("while the commit waits no acknowledgement has left", async () => {
    const session = await openSession(gateway, edge);
    await stage.admin.query(`
      create function wait_at_commit() returns trigger language plpgsql as $$ begin
        perform pg_advisory_xact_lock(78); return null; end $$;
      create constraint trigger wait_at_commit after insert on telemetry_inbox
        deferrable initially deferred for each row execute function wait_at_commit();
      select pg_advisory_lock(78);`);
    const id = session.postLive(nextBlock());
    await until("the commit waits for the lock", async () => {
      const waiting = await stage.rows(
        `select 1 from pg_locks l join pg_database d on d.oid = l.database
         where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`,
      );
      return waiting.length === 1;
    });
    expect(session.acknowledged).not.toContain(id);
    await stage.admin.query("select pg_advisory_unlock(78)");
    expect((await session.answerTo(id)).type).toBe("acknowledged");
    await stage.admin.query("drop trigger wait_at_commit on telemetry_inbox; drop function wait_at_commit()");
    await session.close();
  });

  test("too large are refused as such, by their id", async () => {
    const session = await openSession(gateway, edge);
    const answer = await session.send({ type: "report", sequence: 1, payload: Buffer.alloc(300 * 1024) });
    expect(answer.type === "refused" && JSON.parse(answer.text)).toMatchObject({ code: "too_large" });
    expect((await session.sendLive(nextBlock())).type).toBe("acknowledged");
    await session.close();
  });

  test("with moments more than five minutes ahead are acknowledged and set aside, the others recorded", async () => {
    const session = await openSession(gateway, edge);
    const now = Math.floor(Date.now() / 1000);
    const block = blockOf(ENTRIES, [now - 10, now + 290, now + 310, now + 86_400], () => 1);
    expect((await session.sendLive(block)).type).toBe("acknowledged");
    const again = backlogMessage(block, { sequence: 1 });
    expect((await session.send(again)).type).toBe("acknowledged");
    expect((await streamRows()).moments).toBe(4);
    const aside = await stage.rows(
      `select m.first_moment::int as first, m.reason from telemetry_misdated m join telemetry_streams s on s.id = m.stream_id
       join agents a on a.machine_id = s.machine_id where a.id = $1`,
      [edge.agentId],
    );
    expect(aside).toEqual([{ first: now + 310, reason: "future" }]);
    await session.close();
  });
});

describe("the right to speak", () => {
  test("that was taken away stops the agent at its next message, which is not stored", async () => {
    const session = await openSession(gateway, edge);
    await session.sendLive(nextBlock());
    // Past the gateway's ears: nobody tells it. It may look by chance, and is then faster than the message.
    await stage.admin.query("update agents set status = 'revoked' where id = $1", [edge.agentId]);
    const id = session.postLive(nextBlock());
    expect(await refusalOf(session)).toEqual(["agent_revoked", 4401]);
    for (const answer of session.answers.filter((candidate) => "id" in candidate && candidate.id === id)) {
      expect(answer.type === "refused" && JSON.parse(answer.text)).toMatchObject({ code: "agent_revoked" });
    }
    expect(session.acknowledged).not.toContain(id);
    expect((await streamRows()).frames).toBe(1);
  });

  test("that was taken away in the console ends a session that says nothing", async () => {
    const session = await openSession(gateway, edge);
    await revokeAgent(owner, edge.agentId);
    expect(await refusalOf(session)).toEqual(["agent_revoked", 4401]);
  });

  test("is of one session a process: an earlier one of the same process is closed", async () => {
    const first = await openSession(gateway, edge);
    const second = await openSession(gateway, edge);
    await until("the first one is closed", () => first.closed);
    expect(first.closed).toEqual({ code: 4000, reason: "replaced" });
    expect((await second.sendLive(nextBlock())).type).toBe("acknowledged");
    await second.close();
  });
});

describe("settings", () => {
  test("that change reach sessions of the site at once, and others when they open", async () => {
    const session = await openSession(gateway, edge);
    const settings = { ...NOT_SET, profile: "lean" as const, bytesPerDay: 1_000_000, intervalSeconds: 120 };
    await updateLinkSettings(owner, { siteId, ...settings });
    await until("the session is told", () => session.settings?.profile === "lean");
    const expected = { intervalSeconds: 120, batchSeconds: 1, profile: "lean", budget: { bytesPerDay: 1_000_000 } };
    expect(session.settings).toEqual(expected);
    const later = await openSession(gateway, await enrolEdge(gateway, token, createEdge(`later ${count}`)));
    expect(later.settings).toEqual(expected);
    await updateLinkSettings(owner, { siteId, ...NOT_SET });
    await until("it is told of the way back", () => session.settings?.profile === "auto");
    expect(
      await stage.rows("select action, details from audit_entries where action like 'telemetry:%' order by id"),
    ).toEqual([
      {
        action: "telemetry:link-update",
        details: expect.objectContaining({ bytesPerDay: { was: null, is: 1_000_000 } }),
      },
      { action: "telemetry:link-update", details: expect.objectContaining({ profile: { was: "lean", is: null } }) },
    ]);
    await session.close();
    await later.close();
  });
});

describe("a gateway that stops", () => {
  test("stores and acknowledges what it took, and says goodbye; nobody has to wait", async () => {
    // Longer than a test may take: one that waited for it would fail.
    const leaving = await startGateway(stage.database, 60, { lingerMs: 600_000 });
    const session = await openSession(leaving, edge);
    const ids = [session.postLive(nextBlock()), session.postLive(nextBlock(), 2)];
    await until("both are with the gateway", () => session.socket.bufferedAmount === 0);
    // A round trip behind them: what was sent before has been read.
    await new Promise((resolve) => session.socket.once("pong", resolve).ping());
    await leaving.close();
    await until("the goodbye has come", () => session.closed);
    expect(session.closed?.code).toBe(1001);
    expect(session.acknowledged).toEqual(expect.arrayContaining(ids));
    expect((await streamRows()).frames).toBe(2);
    const [row] = await stage.rows<{ states: number }>(
      `select count(state)::int as states from telemetry_entities e join agents a on a.machine_id = e.machine_id where a.id = $1`,
      [edge.agentId],
    );
    expect(row?.states).toBe(2);
  });
});
