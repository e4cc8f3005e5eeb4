import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { createJoinToken } from "./join-token";
import { freePort, type Program, startAgent, startGateway, until } from "./programs";
import { readStored } from "./stored";
import { startWire, type Wire } from "./wire";

/** The gateway acknowledges only after the commit: shown with a database that takes everything and refuses to commit. */

const INTERVAL_SECONDS = 1;

let database: TestDatabase;
let admin: pg.Client;
let gateway: Program;
let wire: Wire;
let agent: Program | null = null;
const dataFolder = mkdtempSync(join(tmpdir(), "fernblick-commit-"));

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  const port = await freePort();
  gateway = await startGateway(database.appUrl, port);
  wire = await startWire(port);
});
afterAll(async () => {
  await Promise.all([agent?.end("SIGKILL"), gateway?.end("SIGKILL")]);
  await wire?.close();
  await admin.end();
  await database.drop();
  rmSync(dataFolder, { recursive: true, force: true });
});

test("moments whose commit fails are not acknowledged, and arrive once the database commits again", {
  timeout: 120_000,
}, async () => {
  const enrolment = startAgent(
    ["enrol", "--gateway", wire.url, "--token", await createJoinToken(admin)],
    dataFolder,
    INTERVAL_SECONDS,
  );
  expect(await enrolment.ended, enrolment.output()).toBe(0);
  // Everything up to the commit works; only the commit itself does not.
  await admin.query(`
    create function refuse_commit() returns trigger language plpgsql as $$ begin
      raise exception 'the disk is full' using errcode = 'disk_full';
    end $$;
    create constraint trigger refuse_commit after insert on telemetry_inbox
      deferrable initially deferred for each row execute function refuse_commit();`);
  const startedAt = Date.now() / 1000;
  const running = startAgent(["run"], dataFolder, INTERVAL_SECONDS);
  agent = running;
  await until("the gateway was refused a commit three times", () => countOf(gateway.output(), "the disk is full") >= 3);
  expect(await readStored(admin)).toEqual({ moments: [], contradictions: 0, uncoveredSeconds: 0 });

  await admin.query("drop trigger refuse_commit on telemetry_inbox; drop function refuse_commit()");
  const repairedAt = Date.now() / 1000;
  const isWhole = async () => {
    const { moments } = await readStored(admin);
    const [first = 0] = moments;
    return first < startedAt + 5 && (moments.at(-1) ?? 0) > repairedAt && longestGap(moments) <= 3 * INTERVAL_SECONDS;
  };
  await until("all that was kept has arrived", isWhole, 90_000);
  expect(await running.end("SIGTERM"), running.output()).toBe(0);
  const stored = await readStored(admin);
  expect(stored.contradictions).toBe(0);
  expect(stored.uncoveredSeconds, "a moment is missing, or one is there twice").toBeLessThanOrEqual(2);
});

const countOf = (text: string, part: string): number => text.split(part).length - 1;

const longestGap = (moments: readonly number[]): number =>
  Math.max(0, ...moments.map((moment, at) => moment - (moments[at - 1] ?? moment)));
