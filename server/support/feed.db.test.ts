import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { consoleDatabase } from "@/server/database";
import { appRouter } from "@/server/root";
import {
  createMember,
  createOrganisation,
  createSite,
  type Organisation,
  type Person,
  signIn,
} from "@/server/testing/people";
import { dumpTables, openStage, type Stage } from "@/server/testing/stage";
import { createCallerFactory } from "@/server/trpc";
import { FEED_READS_MAX, type FeedWording, handleCalendarRequest, handlePlanRequest } from "./doors";
import { readCalendar, wordOf } from "./testing/read-calendar";

// Nobody is signed in: a calendar is read without a session.
vi.mock("@/server/context", () => ({ currentCaller: async () => null }));

let stage: Stage;
let organisation: Organisation;
let person: Person;
let count = 0;

const wording: FeedWording = {
  textsIn: async (language) => ({
    name: `calendar ${language}`,
    summary: (kind, { product, cycle }) => `${product} ${cycle} ${kind}`,
    clusters: (clusters) => `${clusters} clusters`,
    more: (more) => `${more} more`,
    derived: (derived) => `${derived} derived`,
    source: ({ source, asOf }) => `${source} ${asOf}`,
    alarm: ({ summary, days }) => `${summary} in ${days}`,
  }),
  languageOf: () => "en",
};

async function addClusters(siteId: string, gitVersion: string, distribution: string, names: readonly string[]) {
  for (const name of names) {
    const [agent] = await stage.rows<{ id: string }>(
      `insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds)
       select org_id, site_id, id, sha256($2), 'active', $3, 'linux/x64', '1', 60 from join_tokens where site_id = $1 returning id`,
      [siteId, Buffer.from(name), name],
    );
    await stage.rows(
      `insert into clusters (org_id, site_id, uid, name, agent_id, git_version, distribution)
       values ($1, $2, $3, $3, $4, $5, $6)`,
      [organisation.id, siteId, name, agent?.id, gitVersion, distribution],
    );
  }
}

beforeAll(async () => {
  stage = await openStage();
  vi.stubEnv("DATABASE_URL", stage.urls.appUrl);
  vi.stubEnv("AUTH_SECRET", "a secret for tests, of at least 32 characters");
  vi.stubEnv("CONSOLE_URL", "https://fleet.example.org/");
  organisation = await createOrganisation(stage, "calendar");
  const north = await createSite(stage, organisation.id, "North", { region: "north" });
  const south = await createSite(stage, organisation.id, "South", { region: "south" });
  for (const siteId of [north, south]) {
    await stage.rows(
      `insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
       values ($1, $2, 'token', sha256($3), 1000, now() + interval '1 hour')`,
      [organisation.id, siteId, Buffer.from(siteId)],
    );
  }
  await addClusters(
    north,
    "v1.36.1+k3s1",
    "k3s",
    Array.from({ length: 12 }, (_, at) => `Würzburg; Nord, ${10 + at}`),
  );
  await addClusters(south, "v1.36.1-eks-1", "eks", ["managed"]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await consoleDatabase().close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  person = await createMember(stage, organisation.id, { email: `person-${count}@calendar.test`, role: "viewer" });
});

const feedOf = async (who = person) =>
  createCallerFactory(appRouter)({ caller: await signIn(stage, who) }).support.feed;
const made = async (who = person, language: "en" | "de" = "de") => (await (await feedOf(who)).create({ language })).url;
const get = (url: string, headers: Record<string, string> = {}) =>
  handleCalendarRequest(new Request(url, { headers }), wording);
const eventsAt = async (url: string) => {
  const answer = await get(url);
  expect(answer.status).toBe(200);
  return readCalendar(await answer.text()).children;
};
const statusOf = async (url: string) => (await get(url)).status;

describe("a person's calendar", () => {
  test("is read by its address alone: each end of support with clusters, names and a reminder", async () => {
    const url = await made();
    expect(url).toMatch(/^https:\/\/fleet\.example\.org\/api\/support\.ics\?token=fbs_/);
    const answer = await get(url);
    expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
    expect(answer.headers.get("cache-control")).toMatch(/^private, max-age=\d+$/);
    const calendar = readCalendar(await answer.text());
    expect(wordOf(calendar, "NAME")).toBe("calendar de");
    expect(calendar.children.map((event) => [wordOf(event, "SUMMARY"), wordOf(event, "DTSTART")])).toEqual([
      ["Kubernetes 1.36 end", "20270628"],
      ["Amazon EKS 1.36 end", "20270802"],
      ["Amazon EKS 1.36 extendedEnd", "20280802"],
    ]);
    const [kubernetes] = calendar.children;
    if (!kubernetes) throw new Error("no event");
    const lines = wordOf(kubernetes, "DESCRIPTION").split("\n");
    expect(lines.slice(0, 2)).toEqual(["12 clusters", "– Würzburg; Nord, 10, North"]);
    expect(lines.slice(11)).toEqual(["2 more", "12 derived", "endoflife.date 2026-08-22"]);
    expect(wordOf(kubernetes, "UID")).toBe(`support-kubernetes-1.36-end-${organisation.id}@fernblick`);
    expect(wordOf(kubernetes, "URL")).toBe("https://fleet.example.org/support?tab=plan&product=kubernetes&cycle=1.36");
    expect(kubernetes.children.map(({ name }) => name)).toEqual(["VALARM"]);
  });

  test("says by its tag that nothing is new, and is another when something is", async () => {
    const url = await made();
    const tag = (await get(url)).headers.get("etag") ?? "";
    const again = await get(url, { "if-none-match": tag });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", tag]);
    await stage.admin.query("update clusters set name = 'renamed' where name = 'managed'");
    expect((await get(url, { "if-none-match": tag })).status).toBe(200);
    await stage.admin.query("update clusters set name = 'managed' where name = 'renamed'");
  });

  test("holds what the person may see at this moment, also after reach and role have changed", async () => {
    const url = await made();
    const products = async () => new Set((await eventsAt(url)).map((event) => wordOf(event, "UID").split("-")[1]));
    expect(await products()).toEqual(new Set(["kubernetes", "eks"]));
    await stage.admin.query("update memberships set scope_selector = 'region=south' where user_id = $1", [person.id]);
    expect(await products()).toEqual(new Set(["eks"]));
    expect((await eventsAt(url)).map((event) => wordOf(event, "DESCRIPTION")).join()).not.toContain("Würzburg");
    await stage.admin.query(
      "update memberships set role = 'auditor', scope_selector = 'region=nowhere' where user_id = $1",
      [person.id],
    );
    expect(await products()).toEqual(new Set());
  });

  test("ends with the account, with the membership, with a role that nobody knows, and by hand", async () => {
    const url = await made();
    await stage.admin.query("update users set disabled_at = now() where id = $1", [person.id]);
    expect(await statusOf(url)).toBe(404);
    await stage.admin.query("update users set disabled_at = null where id = $1", [person.id]);
    expect(await statusOf(url)).toBe(200);
    await (await feedOf()).revoke();
    expect([await statusOf(url), await (await feedOf()).get()]).toEqual([404, null]);
    const next = await made();
    const owner = createCallerFactory(appRouter)({ caller: await signIn(stage, organisation.people.owner) });
    await owner.access.members.delete({ userId: person.id });
    expect(await statusOf(next)).toBe(404);
    await createMember(stage, organisation.id, { email: person.email, role: "viewer" });
    expect(await statusOf(next)).toBe(404);
  });

  test("is a file for who is signed in, and nothing for strangers", async () => {
    expect(await statusOf("https://fleet.example.org/api/support.ics")).toBe(401);
    expect((await handlePlanRequest(new Request("https://fleet.example.org/api/support.csv"))).status).toBe(401);
  });

  test("has one address at a time, and no other opens it", async () => {
    const url = await made();
    const next = await made();
    expect([await statusOf(url), await statusOf(next)]).toEqual([404, 200]);
    for (const wrong of [
      `${next.slice(0, -1)}${next.endsWith("A") ? "B" : "A"}`,
      `${next}A`,
      next.replace("fbs_", "fbk_"),
    ]) {
      expect(await statusOf(wrong)).toBe(404);
    }
    expect(await statusOf("https://fleet.example.org/api/support.ics?token=")).toBe(404);
  });

  test("is refused for a while when it is asked for all the time, and others are not", async () => {
    const url = await made();
    for (let read = 0; read < FEED_READS_MAX; read += 1) expect(await statusOf(url)).toBe(200);
    const refused = await get(url);
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect(await statusOf(await made(organisation.people.viewer))).toBe(200);
  });

  test("is nowhere stored with its secret, tells when it was read, and leaves its traces in the audit log", async () => {
    const url = await made();
    expect(await (await feedOf()).get()).toMatchObject({ lastUsedAt: null, language: "de" });
    await get(url);
    expect((await (await feedOf()).get())?.lastUsedAt).toBeInstanceOf(Date);
    const secret = url.split("_").at(-1) ?? "";
    const token = new URL(url).searchParams.get("token") ?? "";
    expect(token.endsWith(secret)).toBe(true);
    expect(JSON.stringify(await dumpTables(stage))).not.toContain(token.slice(41));
    await (await feedOf()).revoke();
    await (await feedOf()).revoke();
    const entries = await stage.rows<{ action: string }>(
      "select action from audit_entries where actor_id = $1 and action like 'support:%' order by id",
      [person.id],
    );
    expect(entries.map(({ action }) => action)).toEqual(["support:feed-create", "support:feed-revoke"]);
  });
});
