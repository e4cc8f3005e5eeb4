import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { until } from "@/server/testing/until";
import { CommitQueue, type CommitQueueOptions, type Queued, type Verdict } from "./commit-queue";

type Item = Queued & { name: string };

/** A queue whose commits are in the test's hand. */
function stageQueue(change: Partial<CommitQueueOptions<Item>> = {}) {
  const commits: { orgId: string; names: string[] }[] = [];
  const verdicts = new Map<string, Verdict>();
  const quarantined: string[] = [];
  const queue = new CommitQueue<Item>({
    lingerMs: 5,
    itemsMax: 100,
    bytesMax: 1e6,
    organisationBytesMax: 1e6,
    queuedBytesMax: 1e7,
    transactionsMax: 2,
    commit: async (orgId, items) => {
      commits.push({ orgId, names: items.map(({ name }) => name) });
      return new Map();
    },
    quarantine: async (item) => {
      quarantined.push(item.name);
    },
    log: pino({ level: "silent" }),
    ...change,
  });
  const push = (name: string, orgId = "a", bytes = 100) =>
    queue.push({
      name,
      orgId,
      id: 0,
      bytes,
      failures: 0,
      source: { settle: (_id, verdict) => void verdicts.set(name, verdict) },
    });
  const settled = (count: number) => until(`${count} are settled`, () => verdicts.size >= count);
  return { queue, commits, verdicts, quarantined, push, settled };
}

const later = { code: "unavailable", message: expect.any(String), retryAfterSeconds: expect.any(Number) };
const refused = (code: string) => Object.assign(new Error("refused"), { severity: "ERROR", code });

describe("messages that wait", () => {
  test("are one commit for each organisation, in the order in which they came", async () => {
    const { commits, verdicts, push, settled } = stageQueue();
    for (const name of ["a1", "a2", "a3"]) push(name);
    push("b1", "b");
    await settled(4);
    expect(commits).toEqual([
      { orgId: "a", names: ["a1", "a2", "a3"] },
      { orgId: "b", names: ["b1"] },
    ]);
    expect([...verdicts.values()]).toEqual(Array(4).fill("stored"));
  });

  test("are settled after their commit and not before", async () => {
    const waiting: (() => void)[] = [];
    const { verdicts, push, settled, queue } = stageQueue({
      commit: () => new Promise((resolve) => void waiting.push(() => resolve(new Map()))),
    });
    push("a1");
    const [commit] = await until("the commit runs", () => waiting.length > 0 && waiting);
    expect(verdicts.size).toBe(0);
    commit?.();
    await settled(1);
    await queue.drain();
    expect(queue.queuedBytes).toBe(0);
  });

  test("get the verdict of their own that a commit gives", async () => {
    const revoked = { code: "agent_revoked" as const, message: "gone" };
    const { verdicts, push, settled } = stageQueue({
      commit: async (_orgId, items) =>
        new Map(items.filter(({ name }) => name === "a2").map((item) => [item, revoked])),
    });
    for (const name of ["a1", "a2"]) push(name);
    await settled(2);
    expect(verdicts).toEqual(
      new Map<string, Verdict>([
        ["a1", "stored"],
        ["a2", revoked],
      ]),
    );
  });

  test("go at once when they are many, and the rest follows", async () => {
    const { commits, push, settled } = stageQueue({ itemsMax: 2, lingerMs: 50 });
    for (const name of ["a1", "a2", "a3"]) push(name);
    await settled(3);
    expect(commits.map(({ names }) => names)).toEqual([["a1", "a2"], ["a3"]]);
  });

  test("of one organisation never take the turns of the others: one commit at a time each", async () => {
    const running = new Map<string, number>();
    let most = 0;
    const { commits, push, settled } = stageQueue({
      itemsMax: 1,
      transactionsMax: 2,
      commit: async (orgId) => {
        running.set(orgId, (running.get(orgId) ?? 0) + 1);
        most = Math.max(most, running.get(orgId) ?? 0);
        commits.push({ orgId, names: [] });
        await new Promise((resolve) => setImmediate(resolve));
        running.set(orgId, (running.get(orgId) ?? 0) - 1);
        return new Map();
      },
    });
    for (let at = 0; at < 50; at += 1) push(`loud ${at}`, "loud");
    push("quiet", "quiet");
    await settled(51);
    expect(most).toBe(1);
    expect(commits.findIndex(({ orgId }) => orgId === "quiet")).toBeLessThan(4);
  });

  test("beyond what an organisation may have are told to come later, and others still get in", async () => {
    const { verdicts, push, settled, queue } = stageQueue({ organisationBytesMax: 250 });
    for (const name of ["a1", "a2", "a3", "a4"]) push(name);
    expect(verdicts.get("a4")).toEqual(later);
    expect(queue.hasRoom("a")).toBe(false);
    expect(queue.hasRoom("b")).toBe(true);
    await settled(4);
    expect([...verdicts.values()].filter((verdict) => verdict === "stored")).toHaveLength(3);
    expect(queue.hasRoom("a")).toBe(true);
  });

  test("are all settled when a drain ends, however long they were to linger", async () => {
    const { verdicts, push, queue } = stageQueue({ lingerMs: 60_000 });
    for (const name of ["a1", "a2"]) push(name);
    push("b1", "b");
    await queue.drain();
    expect(verdicts.size).toBe(3);
    await queue.drain();
  });
});

describe("a commit that fails", () => {
  test.each([
    ["a connection that is refused", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
    ["a disk that is full", refused("53100")],
    ["a server that shuts down", refused("57P01")],
    ["a deadlock", refused("40P01")],
    ["a missing right, which is a fault of everything", refused("42501")],
    ["what the query builder wrapped", new Error("Failed query", { cause: refused("57014") })],
  ])("by %s tells all to come later and sets nothing aside", async (_title, error) => {
    const { verdicts, quarantined, push, settled } = stageQueue({
      commit: async () => {
        throw error;
      },
    });
    for (const name of ["a1", "a2", "a3"]) push(name);
    await settled(3);
    expect([...verdicts.values()]).toEqual([later, later, later]);
    expect(quarantined).toEqual([]);
  });

  test("because of one message stores the others without waiting for it and sets that one aside after three attempts alone", async () => {
    let alone = 0;
    let commits = 0;
    let letGo = () => {};
    const othersAreStored = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { verdicts, quarantined, push, settled } = stageQueue({
      commit: async (_orgId, items) => {
        commits += 1;
        if (!items.some(({ name }) => name === "poison")) return new Map();
        if (items.length === 1) alone += 1;
        // Its last attempt takes for ever, as far as the others can tell.
        if (alone === 3) await othersAreStored;
        throw refused("22003");
      },
    });
    for (let at = 0; at < 60; at += 1) push(at === 37 ? "poison" : `good ${at}`);
    await settled(59);
    expect(verdicts.has("poison")).toBe(false);
    letGo();
    await settled(60);
    // Found by halving: all, then two halves at each of six steps, and twice more alone.
    expect(commits).toBeLessThanOrEqual(1 + 2 * 6 + 2);
    expect({ alone, quarantined, verdict: verdicts.get("poison") }).toEqual({
      alone: 3,
      quarantined: ["poison"],
      verdict: "stored",
    });
  });

  test("for every message is a fault of ours: after some were set aside, the others stay at the edge", async () => {
    const { verdicts, quarantined, push, settled } = stageQueue({
      commit: async () => {
        throw new TypeError("Cannot read properties of undefined");
      },
    });
    for (let at = 0; at < 40; at += 1) push(`m${at}`);
    await settled(40);
    expect(quarantined).toHaveLength(20);
    expect([...verdicts.values()].filter((verdict) => verdict !== "stored")).toEqual(Array(20).fill(later));
  });

  test("and cannot be set aside either leaves the message at the edge", async () => {
    const { verdicts, push, settled } = stageQueue({
      commit: async () => {
        throw refused("22003");
      },
      quarantine: async () => {
        throw refused("53100");
      },
    });
    push("a1");
    await settled(1);
    expect(verdicts.get("a1")).toEqual(later);
  });
});
