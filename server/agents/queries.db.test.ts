import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { createJoinToken } from "./commands";
import { AgentListInput, countAgents, listAgents } from "./queries";

let stage: Stage;
let org: Organisation;
let owner: Awaited<ReturnType<typeof signIn>>;
let tokenId = "";
let otherTokenId = "";

const AGENTS = 10_000;
const WAITING = 7;
const REVOKED = 300;

beforeAll(async () => {
  stage = await openStage();
  org = await createOrganisation(stage, "large");
  owner = await signIn(stage, org.people.owner);
  const siteId = await createSite(stage, org.id, "Kiel");
  const input = { siteId, labels: {}, usesMax: 1, hoursToLive: 1, isApprovalRequired: false };
  tokenId = (await createJoinToken(owner, { ...input, name: "Rollout" })).id;
  otherTokenId = (await createJoinToken(owner, { ...input, name: "Later" })).id;
  // Hundreds come in at the same moment, as in a rollout: only the id tells these apart.
  await stage.admin.query(
    `insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version,
       interval_seconds, system_uuid, enrolled_at, last_received_at)
     select $1, $2, case when n % 100 = 0 then $4::uuid else $3::uuid end, decode(md5(n::text) || md5(n || 'x'), 'hex'),
       case when n <= ${WAITING} then 'waiting' when n <= ${WAITING + REVOKED} then 'revoked' else 'active' end,
       'kiel-' || n, 'linux/x64', '0.1.0', 60, md5(n::text)::uuid,
       timestamptz '2026-11-01' + (n / 500) * interval '1.000001 seconds', case when n % 2 = 0 then now() end
     from generate_series(1, ${AGENTS}) n`,
    [org.id, siteId, tokenId, otherTokenId],
  );
  await stage.admin.query("analyze agents");
});
afterAll(() => stage.close());

const list = (input: Partial<AgentListInput> = {}) => listAgents(owner, AgentListInput.parse(input));

describe("the list of ten thousand agents", () => {
  test("gives every agent exactly once, page by page, those that wait first and the revoked ones last", async () => {
    const ids: string[] = [];
    const statuses: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await list({ cursor, limit: 200 });
      expect(page.total).toBe(AGENTS);
      ids.push(...page.rows.map((row) => row.id));
      statuses.push(...page.rows.map((row) => row.status));
      cursor = page.next;
    } while (cursor);
    expect(ids).toHaveLength(AGENTS);
    expect(new Set(ids).size).toBe(AGENTS);
    expect(statuses.indexOf("active")).toBe(WAITING);
    expect(statuses.lastIndexOf("waiting")).toBe(WAITING - 1);
    expect(statuses.indexOf("revoked")).toBe(AGENTS - REVOKED);
  });

  test("loses nobody and repeats nobody when agents come in between two pages", async () => {
    const first = await list({ limit: 50 });
    await stage.admin.query(
      `insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds)
       select org_id, site_id, join_token_id, decode(md5('new') || md5('new'), 'hex'), 'active', 'newcomer', platform, version, 60
       from agents where id = $1`,
      [first.rows[0]?.id],
    );
    const second = await list({ limit: 50, cursor: first.next });
    const both = [...first.rows, ...second.rows].map((row) => row.id);
    expect(new Set(both).size).toBe(100);
    await stage.admin.query("delete from agents where hostname = 'newcomer'");
  });

  test("is found in by parts of name, site, token and UUID; two letters that an id holds by chance are not enough", async () => {
    const [agent] = (await list({ search: "KIEL-4711 rollout" })).rows;
    expect(agent?.hostname).toBe("kiel-4711");
    const uuid = agent?.systemUuid ?? "";
    expect((await list({ search: uuid.slice(0, 13).toUpperCase() })).rows.map((row) => row.hostname)).toContain(
      "kiel-4711",
    );
    expect((await list({ search: uuid.slice(9, 13) })).rows.map((row) => row.systemUuid)).not.toContain(uuid);
    expect((await list({ search: "kiel hamburg" })).total).toBe(0);
    expect((await list({ search: "kiel_4711" })).total).toBe(0);
  });

  test("tells of one token how many came in with it and how many have reported", async () => {
    const { total, reporting, rows } = await list({ tokenId: otherTokenId, limit: 8 });
    expect([total, reporting, rows.length]).toEqual([100, 100, 8]);
    expect(rows.every((row) => row.joinTokenId === otherTokenId)).toBe(true);
    expect((await list({ tokenId })).total).toBe(AGENTS - 100);
  });

  test("gives those that wait by themselves, and their number costs no list", async () => {
    expect((await list({ status: "waiting" })).total).toBe(WAITING);
    expect(await countAgents(owner)).toEqual({ waiting: WAITING });
  });

  test("a page of two hundred takes no more statements than one of a single row", async () => {
    const statementsOf = async (limit: number) => {
      const asked = vi.spyOn(pg.Client.prototype, "query");
      const page = await list({ limit });
      const statements = asked.mock.calls.length;
      asked.mockRestore();
      expect(page.rows).toHaveLength(limit);
      return statements;
    };
    const one = await statementsOf(1);
    expect(one).toBeGreaterThan(0);
    expect(await statementsOf(200)).toBe(one);
  });

  test("a cursor that is none of ours is refused", async () => {
    for (const cursor of ["x", "1.0.5.nobody", "1.0.99999999999999999999.11111111-1111-4111-8111-111111111111"]) {
      await expect(list({ cursor })).rejects.toMatchObject({ code: "invalid", reason: "input" });
    }
  });
});
