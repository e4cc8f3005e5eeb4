import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller } from "@/server/access/caller";
import { createJoinToken } from "@/server/agents/commands";
import { enrolMachine, type TestMachine } from "@/server/testing/machines";
import { createMember, createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { getOverview } from "./overview-queries";

let stage: Stage;
let owner: Caller;
let elsewhere: Caller;
let machine: TestMachine;

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const member = { email: "limited@north.test", role: "viewer" as const, scopeSelector: "region=south" };
  elsewhere = await signIn(stage, await createMember(stage, organisation.id, member));
  const siteId = await createSite(stage, organisation.id, "Harbour", { region: "north" });
  const input = { name: "Rack", siteId, labels: {}, usesMax: 9, hoursToLive: 1, isApprovalRequired: false };
  machine = await enrolMachine(stage, (await createJoinToken(owner, input)).token, "edge-1");
});
afterAll(() => stage.close());

const kindsOf = async (caller: Caller) => (await getOverview(caller)).attention.map(({ kind }) => kind);

test("messages set aside are one line with their number and the oldest moment, for those who see their site", async () => {
  expect(await kindsOf(owner)).toEqual([]);
  for (const sequence of [1, 2]) {
    await stage.admin.query(
      `insert into telemetry_quarantine (org_id, agent_id, site_id, received_at, kind, epoch, sequence, reason, content, digest)
       values ($1, $2, $3, '2026-11-20T10:00:00Z'::timestamptz + $4 * interval '1 hour', 'report', 1, $4, 'odd', '{}', sha256($4::text::bytea))`,
      [machine.orgId, machine.agentId, machine.siteId, sequence],
    );
  }
  const [line] = (await getOverview(owner)).attention;
  expect(line).toMatchObject({
    kind: "quarantine",
    severity: "warning",
    figure: 2,
    machineId: null,
    since: new Date("2026-11-20T11:00:00Z"),
  });
  expect(await kindsOf(elsewhere)).toEqual([]);
});

test("an organisation over its share is a line with the agent that was turned away, for an hour", async () => {
  const write = (age: string) =>
    stage.admin.query(
      `insert into audit_entries (org_id, at, actor_kind, actor_label, action, subject_kind, subject_id, subject_label, details)
       values ($1, now() - $3::interval, 'system', 'gateway', 'telemetry:over-quota', 'agent', $2, 'edge-1', '{"bytesPerSecond": 1000}')`,
      [machine.orgId, machine.agentId, age],
    );
  await write("2 hours");
  expect(await kindsOf(owner)).not.toContain("quota");
  await write("10 minutes");
  const line = (await getOverview(owner)).attention.find(({ kind }) => kind === "quota");
  expect(line).toMatchObject({ machineId: machine.id, name: "edge-1", siteName: "Harbour", figure: 1000 });
  expect(await kindsOf(elsewhere)).toEqual([]);
});
