import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { createJoinToken } from "./join-token";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy";
import { countSpooled, freePort, type Program, startAgent, startGateway, until } from "./programs";

/**
 * The promise "nothing acknowledged is ever lost", with the real agent, the real gateway and a real Postgres: answers
 * get lost, the gateway is away for a minute, agent and gateway are killed without warning.
 */

const GATEWAY_AWAY_MS = 60_000;
const INTERVAL_SECONDS = 1;

let database: TestDatabase;
let admin: pg.Client;
let proxy: LossyProxy;
let gatewayPort: number;
const dataFolder = mkdtempSync(join(tmpdir(), "fernblick-agent-"));
const running: Program[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  gatewayPort = await freePort();
  proxy = await startLossyProxy(gatewayPort);
});
afterAll(async () => {
  await Promise.all(running.map((program) => program.end("SIGKILL")));
  await proxy.close();
  await admin.end();
  await database.drop();
  rmSync(dataFolder, { recursive: true, force: true });
});

type Stored = { batches: number; epochs: number; gaps: number; moments: number; samples: number };

/** What the database holds, and whether each run of the agent has every sequence from 1 on. */
async function readStored(): Promise<Stored> {
  const { rows } = await admin.query<Stored>(`
    with runs as (select epoch, count(*) as n, max(sequence) as top from telemetry_batches group by epoch)
    select (select coalesce(sum(n), 0)::int from runs) as batches, (select count(*)::int from runs) as epochs,
      (select coalesce(sum(top - n), 0)::int from runs) as gaps,
      (select count(distinct s.observed_at)::int from telemetry_samples s join telemetry_entities e on e.id = s.entity_id
        where e.kind = 'machine') as moments,
      (select count(*)::int from telemetry_samples s join telemetry_entities e on e.id = s.entity_id
        where e.kind = 'machine') as samples`);
  const [row] = rows;
  if (!row) throw new Error("an aggregate gave no row");
  return row;
}

const spooled = () => countSpooled(dataFolder);
const storedAtLeast = (count: number) => async () => (await readStored()).batches >= count;

function track(program: Program): Program {
  running.push(program);
  return program;
}

describe("an agent on a bad day", () => {
  test("loses nothing and doubles nothing through lost answers, a minute without gateway, and SIGKILL on both sides", {
    timeout: 240_000,
  }, async () => {
    let gateway = track(await startGateway(database.appUrl, gatewayPort));
    const enrolment = startAgent(
      ["enrol", "--gateway", `http://127.0.0.1:${proxy.port}`, "--token", await createJoinToken(admin)],
      dataFolder,
      INTERVAL_SECONDS,
    );
    expect(await enrolment.ended, enrolment.output()).toBe(0);
    let agent = track(startAgent(["run"], dataFolder, INTERVAL_SECONDS));
    await until("five batches are stored", storedAtLeast(5));

    // Committed here, never acknowledged there: the agent has to send the same batches again.
    proxy.loseAnswers(3);
    await until("three answers are lost", () => proxy.lostAnswers() === 3);

    await gateway.end("SIGKILL");
    const goneAt = Date.now();
    await until("the agent keeps what it cannot send", () => spooled() >= 5);
    for (let kill = 0; kill < 3; kill += 1) {
      await agent.end("SIGKILL");
      const kept = spooled();
      agent = track(startAgent(["run"], dataFolder, INTERVAL_SECONDS));
      await until("the agent goes on after it was killed", () => spooled() >= kept + 3);
    }
    await until("the gateway was away for a minute", () => Date.now() - goneAt >= GATEWAY_AWAY_MS, 2 * GATEWAY_AWAY_MS);
    const waiting = spooled();
    expect(waiting).toBeGreaterThan(20);

    gateway = track(await startGateway(database.appUrl, gatewayPort));
    // Once more in the middle of the backlog.
    const before = (await readStored()).batches;
    await until("the backlog has begun to arrive", storedAtLeast(before + 1), 90_000);
    await gateway.end("SIGKILL");
    gateway = track(await startGateway(database.appUrl, gatewayPort));
    await until("the backlog has arrived", storedAtLeast(before + waiting), 90_000);
    expect(await agent.end("SIGTERM"), agent.output()).toBe(0);

    const last = track(startAgent(["run"], dataFolder, 3600));
    await until("the last run has reported", async () => (await readStored()).epochs === 5, 90_000);
    await until("the spool is empty", () => spooled() === 0, 90_000);
    await last.end("SIGTERM");

    const stored = await readStored();
    expect(stored.gaps, "a sequence is missing").toBe(0);
    expect(stored.samples, "a batch was lost or stored twice").toBe(stored.batches);
    expect(stored.moments, "two batches tell of the same moment").toBe(stored.batches);
  });
});
