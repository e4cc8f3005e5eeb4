import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { createJoinToken } from "./join-token";
import { countSpooled, freePort, type Program, startAgent, startGateway, until } from "./programs";

/** The gateway says "stored" only after the commit: shown with a database that takes everything and refuses to commit. */

const INTERVAL_SECONDS = 1;

let database: TestDatabase;
let admin: pg.Client;
let gateway: Program;
let gatewayUrl: string;
let agent: Program | null = null;
const dataFolder = mkdtempSync(join(tmpdir(), "fernblick-commit-"));

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  const port = await freePort();
  gatewayUrl = `http://127.0.0.1:${port}`;
  gateway = await startGateway(database.appUrl, port);
});
afterAll(async () => {
  await Promise.all([agent?.end("SIGKILL"), gateway?.end("SIGKILL")]);
  await admin.end();
  await database.drop();
  rmSync(dataFolder, { recursive: true, force: true });
});

async function readStored(): Promise<{ batches: number; gaps: number }> {
  const { rows } = await admin.query<{ batches: number; gaps: number }>(
    "select count(*)::int as batches, coalesce(max(sequence) - count(*), 0)::int as gaps from telemetry_batches",
  );
  const [row] = rows;
  if (!row) throw new Error("an aggregate gave no row");
  return row;
}

test("a batch whose commit fails stays in the agent's spool, and arrives once the database commits again", {
  timeout: 120_000,
}, async () => {
  const enrolment = startAgent(
    ["enrol", "--gateway", gatewayUrl, "--token", await createJoinToken(admin)],
    dataFolder,
    INTERVAL_SECONDS,
  );
  expect(await enrolment.ended, enrolment.output()).toBe(0);
  // Everything up to the commit works; only the commit itself does not.
  await admin.query(`
    create function refuse_commit() returns trigger language plpgsql as $$ begin
      raise exception 'the disk is full' using errcode = 'disk_full';
    end $$;
    create constraint trigger refuse_commit after insert on telemetry_batches
      deferrable initially deferred for each row execute function refuse_commit();`);
  const running = startAgent(["run"], dataFolder, INTERVAL_SECONDS);
  agent = running;
  await until("the agent keeps what is not committed", () => countSpooled(dataFolder) >= 5);
  await until("the gateway has refused a push", () => gateway.output().includes("the disk is full"));
  expect(await readStored()).toEqual({ batches: 0, gaps: 0 });

  await admin.query("drop trigger refuse_commit on telemetry_batches; drop function refuse_commit()");
  // The newest go first, so the sequence has holes until the last of those that were kept is here.
  const isWhole = async () => {
    const { batches, gaps } = await readStored();
    return batches >= 5 && gaps === 0;
  };
  await until("all that was kept has arrived", isWhole, 60_000);
  expect(await running.end("SIGTERM"), running.output()).toBe(0);
  expect(await isWhole(), "a sequence is missing").toBe(true);
});
