import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { createJoinToken } from "./join-token";
import { freePort, type Program, startAgent, startGateway, until } from "./programs";
import { readStored } from "./stored";
import { startWire, type Wire } from "./wire";

/**
 * The promise "nothing acknowledged is ever lost", with the real agent, the real gateway and a real Postgres: answers
 * get lost, connections break and go silent, the gateway is away for half a minute, both are killed without warning.
 */

/** Long enough for several attempts; an hour and a day are for the simulator. */
const GATEWAY_AWAY_SECONDS = 30;
const INTERVAL_SECONDS = 1;
/** Starting a killed agent again takes its time, in which it reads nothing. */
const RESTART_SECONDS_MAX = 6;

let database: TestDatabase;
let admin: pg.Client;
let wire: Wire;
let gatewayPort: number;
const dataFolder = mkdtempSync(join(tmpdir(), "fernblick-agent-"));
const running: Program[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  gatewayPort = await freePort();
  wire = await startWire(gatewayPort);
});
afterAll(async () => {
  await Promise.all(running.map((program) => program.end("SIGKILL")));
  await wire.close();
  await admin.end();
  await database.drop();
  rmSync(dataFolder, { recursive: true, force: true });
});

const nowSeconds = () => Date.now() / 1000;

/** Everything that was read up to a moment is there: nothing is missing for longer than a restart takes. */
function isWholeUntil(moment: number): () => Promise<boolean> {
  return async () => {
    const { moments } = await readStored(admin);
    const gaps = moments.map((at, index) => at - (moments[index - 1] ?? at));
    return (moments.at(-1) ?? 0) >= moment && Math.max(...gaps) <= RESTART_SECONDS_MAX;
  };
}

function track(program: Program): Program {
  running.push(program);
  return program;
}

const runAgent = () => track(startAgent(["run"], dataFolder, INTERVAL_SECONDS));
const pass = (seconds: number) => {
  const endAt = nowSeconds() + seconds;
  return until(`${seconds} s have passed`, () => nowSeconds() >= endAt, 2_000 * seconds);
};

describe("an agent on a bad day", () => {
  test("loses nothing and doubles nothing through broken links, half a minute without gateway, and SIGKILL on both sides", {
    timeout: 300_000,
  }, async () => {
    let gateway = track(await startGateway(database.appUrl, gatewayPort));
    const enrolment = startAgent(
      ["enrol", "--gateway", wire.url, "--token", await createJoinToken(admin)],
      dataFolder,
      INTERVAL_SECONDS,
    );
    expect(await enrolment.ended, enrolment.output()).toBe(0);
    let agent = runAgent();
    await until("five moments are stored", async () => (await readStored(admin)).moments.length >= 5);

    // Committed here, never acknowledged there: the agent has to send the same moments again.
    wire.loseAnswers(3);
    await until("three answers are lost", () => wire.lostAnswers() === 3, 90_000);
    wire.resetAfter(1_500);
    await pass(3);
    wire.reset();
    await until("what the broken links held back is there", isWholeUntil(nowSeconds()), 90_000);

    await gateway.end("SIGKILL");
    const goneAt = nowSeconds();
    for (let kill = 0; kill < 3; kill += 1) {
      await pass(5);
      await agent.end("SIGKILL");
      agent = runAgent();
    }
    await pass(goneAt + GATEWAY_AWAY_SECONDS - nowSeconds());
    gateway = track(await startGateway(database.appUrl, gatewayPort));
    // Once more in the middle of the backlog.
    const hasBegun = async () => ((await readStored(admin)).moments.at(-1) ?? 0) > goneAt + 5;
    await until("what was kept has begun to arrive", hasBegun, 90_000);
    await gateway.end("SIGKILL");
    gateway = track(await startGateway(database.appUrl, gatewayPort));
    await until("what was kept has arrived", isWholeUntil(nowSeconds()), 120_000);
    expect(await agent.end("SIGTERM"), agent.output()).toBe(0);

    const stored = await readStored(admin);
    expect(stored.contradictions, "one moment was read in two ways").toBe(0);
    expect(stored.uncoveredSeconds, "time is missing, or was counted twice").toBeLessThanOrEqual(5);
  });
});
