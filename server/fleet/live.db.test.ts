import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { withTenant } from "@/db/client";
import { revokeSession, updateMember } from "@/server/access/commands";
import { endSession, findCaller } from "@/server/access/sessions";
import { announce, announceMachines, LIVE_TOPICS, type LiveNews, type LiveTopic } from "@/server/live";
import { appRouter } from "@/server/root";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { until } from "@/server/testing/until";
import { createCallerFactory } from "@/server/trpc";
import { type LiveUpdate, streamUpdates } from "./live";

let stage: Stage;
let north: Organisation;
let south: Organisation;
const site = { harbour: "", desert: "", foreign: "" };
const machine = (digit: number) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`;

beforeAll(async () => {
  stage = await openStage();
  north = await createOrganisation(stage, "north");
  south = await createOrganisation(stage, "south");
  site.harbour = await createSite(stage, north.id, "Harbour", { region: "north" });
  site.desert = await createSite(stage, north.id, "Desert", { region: "south" });
  site.foreign = await createSite(stage, south.id, "Foreign");
});
afterAll(() => stage.close());

const say = (event: Partial<LiveNews> & { orgId: string }) =>
  withTenant(stage.database, { orgId: event.orgId }, (tx) =>
    announce(tx, { siteId: null, machineId: null, topic: "telemetry", ...event }),
  );

type Listening = {
  updates: LiveUpdate[];
  hasEnded: () => boolean;
  /** The topics heard since then. */
  heard: () => LiveTopic[];
  stop: () => Promise<void>;
};

/**
 * A stream that runs and has heard a first message of its own, so that nothing said afterwards can be missed. That message
 * is of telemetry; the tests tell by other topics which of their messages have come.
 */
async function listen(caller: Awaited<ReturnType<typeof signIn>>, siteId: string): Promise<Listening> {
  const abort = new AbortController();
  const updates: LiveUpdate[] = [];
  let hasEnded = false;
  const running = (async () => {
    for await (const update of streamUpdates(caller, abort.signal, { coalesceMs: 5, recheckMs: 20 }))
      updates.push(update);
    hasEnded = true;
  })();
  let first = 0;
  const heard = () => updates.slice(first).flatMap((update) => update.topics);
  await until("the stream hears its first message", async () => {
    await say({ orgId: caller.orgId, siteId });
    return heard().includes("telemetry");
  });
  // The first stream of a process is told everything once its listening connection stands.
  first = updates.length;
  return {
    updates,
    hasEnded: () => hasEnded,
    heard,
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

test("an update reaches its own organisation after the commit, and no other", async () => {
  const own = await listen(await signIn(stage, north.people.viewer), site.harbour);
  const other = await listen(await signIn(stage, south.people.viewer), site.foreign);
  await say({ orgId: north.id, siteId: site.harbour, topic: "fleet" });
  await until("the own organisation heard it", () => own.heard().includes("fleet"));
  // Postgres delivers in the order of commits: once this has arrived, the one before would have, too.
  await say({ orgId: south.id, siteId: site.foreign, topic: "agents" });
  await until("the other organisation heard its own", () => other.heard().includes("agents"));
  expect(other.heard()).not.toContain("fleet");
  expect(own.heard()).not.toContain("agents");
  await own.stop();
  await other.stop();
});

test("what is rolled back is never told", async () => {
  const own = await listen(await signIn(stage, north.people.viewer), site.harbour);
  const failing = withTenant(stage.database, { orgId: north.id }, async (tx) => {
    await announce(tx, { orgId: north.id, siteId: site.harbour, machineId: null, topic: "fleet" });
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await say({ orgId: north.id, siteId: site.harbour, topic: "agents" });
  await until("what came after was heard", () => own.heard().includes("agents"));
  expect(own.heard()).not.toContain("fleet");
  await own.stop();
});

test("a caller who is limited to some sites hears of these only, and nothing of the whole organisation", async () => {
  const member = await createMember(stage, north.id, {
    email: "limited@north.test",
    role: "operator",
    scopeSelector: "region=north",
  });
  const limited = await listen(await signIn(stage, member), site.harbour);
  await say({ orgId: north.id, siteId: site.desert, topic: "fleet" });
  await say({ orgId: north.id, siteId: null, topic: "access" });
  await say({ orgId: north.id, siteId: site.harbour, topic: "agents" });
  await until("the message of a visible site was heard", () => limited.heard().includes("agents"));
  expect(limited.heard()).not.toContain("fleet");
  expect(limited.heard()).not.toContain("access");
  await limited.stop();
});

test("a running stream follows a change of the sites that its caller may see", async () => {
  const member = await createMember(stage, north.id, {
    email: "moving@north.test",
    role: "operator",
    scopeSelector: "region=north",
  });
  const owner = await signIn(stage, north.people.owner);
  const caller = await signIn(stage, member);
  const running = await listen(caller, site.harbour);
  await updateMember(owner, { userId: member.id, role: "operator", scopeSelector: "region=south" });
  expect((await findCaller(stage.database, caller.sessionId))?.scope).toMatchObject({ text: "region=south" });
  await until("the stream hears of the other site", async () => {
    await say({ orgId: north.id, siteId: site.desert, topic: "fleet" });
    return running.heard().includes("fleet");
  });
  await say({ orgId: north.id, siteId: site.harbour, topic: "agents" });
  await say({ orgId: north.id, siteId: site.desert, topic: "access" });
  await until("what came after was heard", () => running.heard().includes("access"));
  expect(running.heard()).not.toContain("agents");
  await running.stop();
});

test("a stream ends by itself when its session is revoked", async () => {
  const caller = await signIn(stage, north.people.viewer);
  const running = await listen(caller, site.harbour);
  expect(running.hasEnded()).toBe(false);
  await revokeSession(await signIn(stage, north.people.owner), caller.sessionId);
  await until("the stream has ended", () => running.hasEnded());
  expect(running.hasEnded()).toBe(true);
});

test("many changes within the pause travel as one message", async () => {
  const caller = await signIn(stage, north.people.viewer);
  const abort = new AbortController();
  const stream = streamUpdates(caller, abort.signal, { coalesceMs: 300, recheckMs: 10_000 });
  expect((await stream.next()).value).toEqual({ topics: [] });
  const next = stream.next();
  for (let digit = 1; digit <= 9; digit += 1)
    await say({ orgId: north.id, siteId: site.harbour, machineId: machine(digit) });
  await say({ orgId: north.id, siteId: site.harbour, topic: "fleet" });
  // Names of machines are not told: nobody reads them, and there may be thousands.
  const update: LiveUpdate = (await next).value;
  expect({ ...update, topics: update.topics.filter((topic) => topic !== "access") }).toEqual({
    topics: ["telemetry", "fleet"],
  });
  abort.abort();
  await stream.return(undefined);
});

test("a stream that is opened again after a break begins with every topic, the first one with none", async () => {
  const caller = await signIn(stage, north.people.viewer);
  const api = createCallerFactory(appRouter);
  const firstMessage = async (input: { lastEventId?: string; wasConnected?: boolean } | undefined) => {
    const abort = new AbortController();
    const stream = (await api({ caller }, { signal: abort.signal }).fleet.updates(input))[Symbol.asyncIterator]();
    const { value } = await stream.next();
    abort.abort();
    await stream.return?.();
    const [, update] = value as unknown as [string, LiveUpdate];
    return update.topics;
  };
  expect(await firstMessage(undefined)).toEqual([]);
  expect(await firstMessage({ wasConnected: true })).toEqual(["telemetry", "fleet", "agents", "access"]);
  // A browser that opens the broken stream again by itself names the last message that it got.
  expect(await firstMessage({ lastEventId: "7" })).toEqual(["telemetry", "fleet", "agents", "access"]);
});

test("signing in and signing out are told to the screens of the team", async () => {
  const listener = await signIn(stage, north.people.owner);
  const running = await listen(listener, site.harbour);
  const heardAccess = () => running.updates.filter(({ topics }) => topics.includes("access")).length;
  const before = heardAccess();
  const guest = await signIn(stage, north.people.viewer);
  await until("the sign-in was told", () => heardAccess() > before);
  const between = heardAccess();
  await endSession(guest);
  await until("the sign-out was told", () => heardAccess() > between);
  expect(heardAccess()).toBeGreaterThan(between);
  await running.stop();
});

test("of machines at many sites each reader hears those of its own, and too many to name are told without names", async () => {
  const member = await createMember(stage, north.id, {
    email: "many@north.test",
    role: "operator",
    scopeSelector: "region=north",
  });
  const limited = await listen(await signIn(stage, member), site.harbour);
  const tell = (topic: LiveTopic, machines: { siteId: string; machineId: string }[]) =>
    withTenant(stage.database, { orgId: north.id }, (tx) => announceMachines(tx, north.id, topic, machines));
  await tell("fleet", [{ siteId: site.desert, machineId: machine(3) }]);
  await tell("agents", [
    { siteId: site.harbour, machineId: machine(2) },
    { siteId: site.desert, machineId: machine(3) },
  ]);
  await until("its own machine was told", () => limited.heard().includes("agents"));
  expect(limited.heard()).not.toContain("fleet");
  await tell(
    "access",
    Array.from({ length: 1000 }, () => ({ siteId: site.desert, machineId: randomUUID() })),
  );
  await until("that there may be more was told", () => limited.heard().includes("access"));
  await limited.stop();
});

test("a listening connection that breaks comes back, and whoever streams is told everything", async () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  const running = await listen(await signIn(stage, north.people.viewer), site.harbour);
  await stage.rows(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'fernblick-live' and datname = current_database()`);
  await until("everything was told", () => LIVE_TOPICS.every((topic) => running.heard().includes(topic)));
  random.mockRestore();
  expect(running.heard()).toEqual(expect.arrayContaining([...LIVE_TOPICS]));
  await running.stop();
});
