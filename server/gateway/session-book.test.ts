import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { AgentDirectory } from "@/server/agents/agent-directory";
import type { Session } from "./session";
import { SessionBook } from "./session-book";
import type { SessionNotes } from "./session-notes";

const SECOND = 1000;

/** A session that writes down what is done to it. */
function stubSession(agentId: string, epoch = 1) {
  const done: string[] = [];
  const stub = {
    link: { agentId, orgId: "org", siteId: "site" },
    epoch,
    bootId: null,
    heardAt: 0,
    notedAt: 0,
    isPinged: false,
    ping: () => {
      stub.isPinged = true;
      done.push("ping");
    },
    terminate: () => done.push("terminate"),
    leave: (code: number) => done.push(`leave ${code}`),
    refuse: ({ code }: { code: string }) => done.push(`refuse ${code}`),
  };
  return { stub, session: stub as unknown as Session, done };
}

function stageBook(note: SessionNotes["note"] = async () => "speaks") {
  const noted: string[] = [];
  const notes = {
    note: (orgId: string, input: Parameters<SessionNotes["note"]>[1]) => {
      noted.push(input.agentId);
      return note(orgId, input);
    },
  } as SessionNotes;
  const directory = {} as AgentDirectory;
  const book = new SessionBook({ directory, notes, intervalSeconds: 60, log: pino({ level: "silent" }) });
  return { book, noted };
}

describe("a session that falls silent", () => {
  test("is asked once after 55 seconds, and ended when nothing came after as much again", () => {
    const { book } = stageBook();
    const { session, done } = stubSession("a");
    book.add(session);
    for (let at = 0; at <= 115; at += 5) book.sweep(at * SECOND);
    expect(done).toEqual(["ping", "terminate"]);
  });

  test("and answers is left alone", () => {
    const { book } = stageBook();
    const { stub, session, done } = stubSession("a");
    book.add(session);
    book.sweep(60 * SECOND);
    Object.assign(stub, { heardAt: 61 * SECOND, isPinged: false });
    book.sweep(115 * SECOND);
    expect(done).toEqual(["ping"]);
  });
});

describe("a session that is heard", () => {
  test("is noted once an interval, one that says nothing is not", () => {
    const { book, noted } = stageBook();
    const speaking = stubSession("speaking");
    book.add(speaking.session);
    book.add(stubSession("silent").session);
    for (let at = 5; at <= 300; at += 5) {
      speaking.stub.heardAt = at * SECOND - 1;
      book.sweep(at * SECOND);
    }
    expect(new Set(noted)).toEqual(new Set(["speaking"]));
    expect(noted.length).toBeGreaterThanOrEqual(4);
    expect(noted.length).toBeLessThanOrEqual(5);
  });

  test.each([
    ["waits", "refuse agent_waiting"],
    ["refused", "refuse agent_revoked"],
  ] as const)("is ended when its process %s", async (verdict, expected) => {
    const { book } = stageBook(async () => verdict);
    const { stub, session, done } = stubSession("a");
    book.add(session);
    stub.heardAt = 90 * SECOND;
    book.sweep(100 * SECOND);
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual([expected]);
  });

  test("goes on when the database cannot be asked", async () => {
    const { book } = stageBook(async () => {
      throw new Error("away");
    });
    const { stub, session, done } = stubSession("a");
    book.add(session);
    stub.heardAt = 90 * SECOND;
    book.sweep(100 * SECOND);
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual([]);
  });
});

test("a second session of a process takes the place of the first; another process of the same key does not", () => {
  const { book } = stageBook();
  const [first, again, other] = [stubSession("a"), stubSession("a"), stubSession("a", 2)];
  for (const { session } of [first, again, other]) book.add(session);
  expect([first.done, again.done, other.done]).toEqual([["leave 4000"], [], []]);
  book.remove(first.session);
  expect(book.size).toBe(2);
});
