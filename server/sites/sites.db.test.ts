import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Caller } from "@/server/access/caller";
import { listOperations } from "@/server/operations/queries";
import { createMember, createOrganisation, createSite, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { createSiteFromEntries, updateSite } from "./commands";
import { previewImport, runImport } from "./import";
import { readSiteMap } from "./map-queries";
import { MAP_NO_PLACE, SITE_STATES } from "./model";
import { exportSites, getSite } from "./queries";

let stage: Stage;
let organisation: Organisation;
let owner: Caller;
let limited: Caller;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  organisation = await createOrganisation(stage, "sites");
  owner = await signIn(stage, organisation.people.owner);
  const email = "limited@sites.test";
  limited = await signIn(
    stage,
    await createMember(stage, organisation.id, { email, role: "admin", scopeSelector: "region=north" }),
  );
});
afterAll(() => stage.close());

const freshName = () => {
  count += 1;
  return `Fresh ${count}`;
};
const makeSite = (name: string, region = "north") => createSite(stage, organisation.id, name, { region });

/** A machine at a site whose agent was heard so many seconds ago; null = never. */
async function makeMachine(siteId: string, heardSeconds: number | null, fullest: number | null = 0.5): Promise<void> {
  count += 1;
  const [token] = await stage.rows<{ id: string }>(
    `insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
     values ($1, $2, 'token', decode(md5($3), 'hex'), 1, now()) returning id`,
    [organisation.id, siteId, String(count)],
  );
  const [machine] = await stage.rows<{ id: string }>(
    `with agent as (
       insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds, last_received_at)
       values ($1, $2, $3, decode(md5($4) || md5($4 || 'x'), 'hex'), 'active', 'host', 'linux', '1', 60, now() - $5 * interval '1 second') returning id)
     insert into machines (org_id, site_id, identity_kind, identity_value, agent_id, name)
     select $1, $2, 'system_uuid', $4, id, $4 from agent returning id`,
    [organisation.id, siteId, token?.id, `machine ${count}`, heardSeconds],
  );
  await stage.rows(
    "insert into telemetry_machines (org_id, machine_id, site_id, stream_id, filesystem_used_ratio_max) values ($1, $2, $3, 0, $4)",
    [organisation.id, machine?.id, siteId, fullest],
  );
}

async function stateOf(siteId: string): Promise<string | undefined> {
  const map = await readSiteMap(owner);
  const at = idsOf(map.ids).indexOf(siteId);
  return SITE_STATES[numbersOf(map.state)[at] ?? -1];
}
const numbersOf = (base64: string): number[] => {
  const bytes = Buffer.from(base64, "base64");
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(4 * at));
};
const namesOf = async (caller: Caller): Promise<string[]> => (await readSiteMap(caller)).names.split("\n");
const idsOf = (ids: string): string[] =>
  (Buffer.from(ids, "base64").toString("hex").match(/.{32}/g) ?? []).map((hex) =>
    hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5"),
  );

describe("the map", () => {
  test("judges a site by what is reached, and never calls silence or emptiness good", async () => {
    const places: [string, (siteId: string) => Promise<void>][] = [
      ["unknown", async () => undefined],
      ["unknown", async (siteId) => makeMachine(siteId, null)],
      ["offline", async (siteId) => makeMachine(siteId, 3600)],
      ["good", async (siteId) => makeMachine(siteId, 5)],
      ["warning", async (siteId) => makeMachine(siteId, 5, 0.9)],
      ["critical", async (siteId) => makeMachine(siteId, 5, 0.96)],
      ["unknown", async (siteId) => makeMachine(siteId, 5, null)],
      ["warning", (siteId) => makeMachine(siteId, 5).then(() => makeMachine(siteId, 3600, 0.99))],
    ];
    for (const [expected, fill] of places) {
      const siteId = await makeSite(freshName());
      await fill(siteId);
      expect([expected, await stateOf(siteId)]).toEqual([expected, expected]);
      expect((await getSite(owner, siteId)).state).toBe(expected);
    }
  });

  test("gives a place without coordinates as unknown and never as 0/0", async () => {
    const without = await makeSite(freshName());
    const { id } = await createSiteFromEntries(owner, { name: freshName(), latitude: "53,55", longitude: "9.99" });
    const map = await readSiteMap(owner);
    const ids = idsOf(map.ids);
    const [latitudes, longitudes] = [numbersOf(map.latitude), numbersOf(map.longitude)];
    const placeOf = (siteId: string) => [latitudes[ids.indexOf(siteId)], longitudes[ids.indexOf(siteId)]];
    expect(placeOf(without)).toEqual([MAP_NO_PLACE, MAP_NO_PLACE]);
    expect(placeOf(id)).toEqual([5_355_000, 999_000]);
    expect(map.names.split("\n")).toHaveLength(ids.length);
    for (const column of [map.region, map.country, map.latitude, map.longitude, map.state, map.machines]) {
      expect(numbersOf(column)).toHaveLength(ids.length);
    }
  });

  test("shows a limited reader only what is in reach; so do the export and the page of a site", async () => {
    const name = freshName();
    const far = await makeSite(name, "south");
    expect(await namesOf(owner)).toContain(name);
    expect(await namesOf(limited)).not.toContain(name);
    expect(await exportSites(limited, ",")).not.toContain(name);
    await expect(getSite(limited, far)).rejects.toMatchObject({ code: "not_found" });
    await expect(updateSite(limited, { siteId: far, entries: { owner: "me" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("a site", () => {
  test("is changed where something differs, and the audit log says what it was and is", async () => {
    const name = freshName();
    const { id } = await createSiteFromEntries(owner, { name, owner: "Ada", country: "de" });
    await updateSite(owner, { siteId: id, entries: { owner: "Grace", pue: "1,4", timeZone: "europe/berlin" } });
    await updateSite(owner, { siteId: id, entries: { owner: "Grace" } });
    expect(await getSite(owner, id)).toMatchObject({
      owner: "Grace",
      pue: 1.4,
      timeZone: "Europe/Berlin",
      country: "DE",
    });
    const audits = await stage.rows<{ action: string; details: object }>(
      "select action, details from audit_entries where subject_id = $1 order by id",
      [id],
    );
    expect(audits).toEqual([
      { action: "fleet:site-create", details: { labels: {}, owner: "Ada", country: "DE" } },
      {
        action: "fleet:site-update",
        details: {
          before: { owner: "Ada", pue: null, timeZone: null },
          after: { owner: "Grace", pue: 1.4, timeZone: "Europe/Berlin" },
        },
      },
    ]);
  });

  test("keeps its name from others, its coordinates in pairs and its editor able to see it", async () => {
    const [first, second] = [freshName(), freshName()];
    await makeSite(first);
    const siteId = await makeSite(second);
    const change = (entries: object, caller = owner) => updateSite(caller, { siteId, entries });
    await expect(change({ name: first.toUpperCase() })).rejects.toMatchObject({ reason: "site_exists" });
    await expect(change({ latitude: "53" })).rejects.toMatchObject({ reason: "site_coordinates" });
    await expect(change({ country: "XX" })).rejects.toMatchObject({ reason: "site_entry" });
    await expect(change({ labels: "region=south" }, limited)).rejects.toMatchObject({ reason: "site_out_of_scope" });
    expect(await getSite(owner, siteId)).toMatchObject({ name: second, latitude: null, labels: { region: "north" } });
  });
});

describe("an import", () => {
  test("makes and changes sites once; the same text again, and an export of it, change nothing", async () => {
    const [known, made] = [freshName(), freshName()];
    await makeSite(known);
    const text = `name;region;latitude;longitude;contact\n${known};Nord;53,5;10\n"${made}";Süd;48.1;11,5;"+49 40 1;\n2. Stock"\n`;
    const fixed = text.replace("53,5;10", "53,5;10;");
    expect(await previewImport(owner, fixed)).toMatchObject({ rows: 2, created: 1, changed: 1, left: 0, bad: 0 });
    expect(await runImport(owner, { text: fixed, isPartial: false })).toMatchObject({ created: 1, changed: 1 });
    const before = await stage.rows("select s::text from sites s order by 1");
    expect(await runImport(owner, { text: fixed, isPartial: false })).toMatchObject({
      created: 0,
      changed: 0,
      left: 2,
    });
    for (const separator of [",", ";"] as const) {
      const exported = await exportSites(owner, separator);
      expect(exported).toContain("'+49 40 1;\n2. Stock");
      const again = await runImport(owner, { text: exported, isPartial: false });
      expect(again).toMatchObject({ created: 0, changed: 0, bad: 0, left: before.length, ignoredColumns: [] });
    }
    expect(await stage.rows("select s::text from sites s order by 1")).toEqual(before);
  });

  test("writes nothing while a row is bad, unless the good ones are asked for", async () => {
    const [good, bad] = [freshName(), freshName()];
    const text = `name,pue,country\n${good},1.3,DE\n${bad},0.3,Germany\n`;
    await expect(runImport(owner, { text, isPartial: false })).rejects.toMatchObject({ reason: "import_bad_rows" });
    expect(await namesOf(owner)).not.toContain(good);
    const preview = await runImport(owner, { text, isPartial: true });
    expect(preview).toMatchObject({ created: 1, bad: 1 });
    expect(preview.problems.map(({ line, column, found }) => [line, column, found])).toEqual([
      [3, "country", "Germany"],
      [3, "pue", "0.3"],
    ]);
    const names = await namesOf(owner);
    expect([names.includes(good), names.includes(bad)]).toEqual([true, false]);
  });

  test("is audited by site and as a whole", async () => {
    const name = freshName();
    await runImport(owner, { text: `name,owner\n${name},Ada\n`, isPartial: false });
    const audits = await stage.rows<{ action: string; subject_label: string | null }>(
      "select action, subject_label from audit_entries order by id desc limit 2",
    );
    expect(audits).toEqual([
      { action: "fleet:site-import", subject_label: null },
      { action: "fleet:site-create", subject_label: name },
    ]);
  });

  test("of a limited person touches nothing out of reach and says so by row", async () => {
    const far = freshName();
    const farId = await makeSite(far, "south");
    const before = await stage.rows("select s::text from sites s order by 1");
    const near = freshName();
    const text = `id,name,labels\n,${far},region=north\n${farId},x,region=north\n,${near},region=south\n`;
    const { problems, bad } = await previewImport(limited, text);
    expect(bad).toBe(3);
    expect(problems.map(({ expected }) => expected.kind)).toEqual(["nameTaken", "unknownId", "outOfReach"]);
    await expect(runImport(limited, { text, isPartial: false })).rejects.toMatchObject({ reason: "import_bad_rows" });
    await runImport(limited, { text, isPartial: true });
    expect(await stage.rows("select s::text from sites s order by 1")).toEqual(before);
  });

  test("of a person whose reach is a fact keeps to it, also where that fact is unknown", async () => {
    const email = "ada@sites.test";
    const person = { email, role: "admin", scopeSelector: "@owner=Ada" } as const;
    const ada = await signIn(stage, await createMember(stage, organisation.id, person));
    const [hidden, own] = [freshName(), freshName()];
    await makeSite(hidden);
    const { id } = await createSiteFromEntries(ada, { name: own, owner: "Ada" });
    const { problems } = await previewImport(ada, `name,owner\n${hidden},Ada\n${own},Bo\n${freshName()},\n`);
    expect(problems.map(({ expected }) => expected.kind)).toEqual(["nameTaken", "outOfReach", "outOfReach"]);
    const change = updateSite(ada, { siteId: id, entries: { owner: "Bo" } });
    await expect(change).rejects.toMatchObject({ reason: "site_out_of_scope" });
  });

  test("of 20,000 rows is made in one go; one more row is refused", { timeout: 300_000 }, async () => {
    const large = await createOrganisation(stage, "large");
    const caller = await signIn(stage, large.people.owner);
    const rows = Array.from({ length: 20_000 }, (_, at) => `Site ${at},${50 + (at % 100) / 50},${10 + (at % 77) / 50}`);
    const text = `name,latitude,longitude\n${rows.join("\n")}\n`;
    expect(await runImport(caller, { text, isPartial: false })).toMatchObject({ created: 20_000, bad: 0 });
    // As an operation that everybody saw; how far it is was said on the way.
    const [operation] = await listOperations(caller);
    expect(operation).toMatchObject({ kind: "sites-import", isOwn: true, done: 20_000, total: 20_000, state: "done" });
    expect(await namesOf(caller)).toHaveLength(20_000);
    await expect(previewImport(caller, `${text}One more,1,1\n`)).rejects.toMatchObject({
      reason: "import_too_many_rows",
    });
  });
});
