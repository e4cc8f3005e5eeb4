import { afterAll, beforeAll, expect, test } from "vitest";
import { lettersOf, otherVersion } from "@/contract/codec/testing/other-version";
import { createJoinToken } from "@/server/agents/commands";
import {
  countQuarantined,
  discardQuarantined,
  listQuarantined,
  replayQuarantined,
} from "@/server/telemetry/quarantine";
import { backlogMessage, dictionaryMessage, reportMessage } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import { createMember, createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf } from "@/server/testing/streams";

const ENTRIES = [{ kind: "filesystem" as const, key: "/" }];

let stage: Stage;
let gateway: Gateway;
let owner: Awaited<ReturnType<typeof signIn>>;
let elsewhere: Awaited<ReturnType<typeof signIn>>;
let poisoned: Edge;
let other: Edge;

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "north");
  owner = await signIn(stage, organisation.people.owner);
  const member = { email: "limited@north.test", role: "operator" as const, scopeSelector: "region=south" };
  elsewhere = await signIn(stage, await createMember(stage, organisation.id, member));
  const siteId = await createSite(stage, organisation.id, "Harbour", { region: "north" });
  gateway = await startGateway(stage.database);
  const input = { name: "Rack", siteId, labels: {}, usesMax: 9, hoursToLive: 1, isApprovalRequired: false };
  const { token } = await createJoinToken(owner, input);
  poisoned = await enrolEdge(gateway, token, createEdge("poisoned"));
  other = await enrolEdge(gateway, token, createEdge("other"));
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

const frames = async () => {
  const [row] = await stage.rows<{ n: number }>("select count(*)::int as n from telemetry_inbox");
  return row?.n ?? -1;
};

/** From now on nothing can be set aside, until what is given back was called. */
async function holdQuarantine(): Promise<() => Promise<unknown>> {
  const lock = 77;
  await stage.admin.query(`
    select pg_advisory_lock(${lock});
    create function be_held() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock_shared(${lock});
      return new; end $$;
    create trigger be_held before insert on telemetry_quarantine for each row execute function be_held();`);
  return () => stage.admin.query(`select pg_advisory_unlock(${lock})`);
}

/** From now on a frame that begins with this moment cannot be stored. */
const poisonMoment = (moment: number) =>
  stage.admin.query(`
    create function be_poisoned() returns trigger language plpgsql as $$ begin
      if new.first_moment = ${moment} then raise exception 'a value that nobody foresaw' using errcode = '22003'; end if;
      return new; end $$;
    create trigger be_poisoned before insert on telemetry_inbox for each row execute function be_poisoned();`);
const mend = () => stage.admin.query("drop trigger be_poisoned on telemetry_inbox; drop function be_poisoned()");

test("a frame that no attempt can store is set aside and acknowledged; other messages do not wait for it; once the fault is mended, it is replayed", async () => {
  const now = Math.floor(Date.now() / 1000) - 600;
  const poison = blockOf(ENTRIES, [now], () => 1);
  await poisonMoment(now);
  const letGo = await holdQuarantine();
  const [session, neighbour] = [await openSession(gateway, poisoned), await openSession(gateway, other)];
  const id = session.postLive(poison);
  const next = await session.send(
    backlogMessage(
      blockOf(ENTRIES, [now - 60], () => 2),
      { sequence: 2 },
    ),
  );
  expect(next.type).toBe("acknowledged");
  const foreign = await neighbour.sendLive(blockOf(ENTRIES, [now + 1], () => 3));
  expect(foreign.type).toBe("acknowledged");
  expect(session.acknowledged).not.toContain(id);
  await letGo();
  expect((await session.answerTo(id)).type).toBe("acknowledged");
  expect(await frames()).toBe(2);

  const listed = await listQuarantined(owner);
  expect(listed.messages).toEqual([
    expect.objectContaining({
      hostname: "poisoned",
      siteName: "Harbour",
      kind: "frame",
      epoch: 1,
      sequence: 1,
      reason: "a value that nobody foresaw",
    }),
  ]);
  expect(await listQuarantined(elsewhere)).toEqual({ total: 0, messages: [] });
  expect(await countQuarantined(elsewhere)).toBe(0);
  // The same message again is the same row.
  const again = await session.send(backlogMessage(poison, { sequence: 1 }));
  expect(again.type).toBe("acknowledged");
  expect(await countQuarantined(owner)).toBe(1);

  const messageId = listed.messages[0]?.id ?? 0;
  await expect(replayQuarantined(elsewhere, messageId)).rejects.toMatchObject({ code: "not_found" });
  await expect(replayQuarantined(owner, messageId)).rejects.toMatchObject({
    reason: "quarantine_fails",
    values: { reason: "a value that nobody foresaw" },
  });
  expect(await countQuarantined(owner)).toBe(1);
  await mend();
  await replayQuarantined(owner, messageId);
  expect(await listQuarantined(owner)).toEqual({ total: 0, messages: [] });
  expect(await frames()).toBe(3);
  const audited = await stage.rows(
    "select subject_label as label from audit_entries where action = 'telemetry:quarantine-replay'",
  );
  expect(audited).toEqual([{ label: "poisoned" }]);
  await session.close();
  await neighbour.close();
});

test("a frame of another version, with a kind that is not known here, is replayed as it came", async () => {
  const moment = Math.floor(Date.now() / 1000) - 900;
  const entries = [{ kind: "fusionReactor", key: "core" }, ...ENTRIES];
  const version = otherVersion({ fusionReactor: "id", filesystem: lettersOf("filesystem", -1) });
  const message = backlogMessage(
    blockOf(entries, [moment], ({ metric }) => metric, version),
    { sequence: 7 },
  );
  await poisonMoment(moment);
  const session = await openSession(gateway, other);
  session.post(dictionaryMessage(entries));
  expect((await session.send(message)).type).toBe("acknowledged");
  await mend();
  const [listed] = (await listQuarantined(owner)).messages;
  await replayQuarantined(owner, listed?.id ?? 0);
  const stored = await stage.rows("select frame from telemetry_inbox where first_moment = $1", [moment]);
  expect(stored).toEqual([{ frame: Buffer.from(message.type === "backlog" ? message.frame : []) }]);
  await session.close();
});

test("a report that no attempt can store is set aside as well, and frames go on", async () => {
  await stage.admin.query(`
    create function be_poisoned() returns trigger language plpgsql as $$ begin
      if new.facts ->> 'odd' is not null then raise exception 'odd facts' using errcode = '22003'; end if;
      return new; end $$;
    create trigger be_poisoned before update on machines for each row execute function be_poisoned();`);
  const session = await openSession(gateway, poisoned);
  const id = session.post(reportMessage(50, { facts: { odd: { value: "!" } } }));
  const now = Math.floor(Date.now() / 1000);
  expect((await session.sendLive(blockOf(ENTRIES, [now], () => 1))).type).toBe("acknowledged");
  expect((await session.answerTo(id)).type).toBe("acknowledged");
  const [message] = (await listQuarantined(owner)).messages;
  expect(message).toMatchObject({ kind: "report", reason: "odd facts", sequence: 50 });
  await stage.admin.query("drop trigger be_poisoned on machines; drop function be_poisoned()");
  await replayQuarantined(owner, message?.id ?? 0);
  expect(await stage.rows("select 1 from machines where facts ? 'odd'")).toHaveLength(1);
  await session.close();
});

test("what is discarded is gone, said in the audit log, and out of reach for those who do not see its site", async () => {
  const { agentId } = poisoned;
  const [row] = await stage.rows<{ id: string }>(
    `insert into telemetry_quarantine (org_id, agent_id, site_id, kind, epoch, sequence, reason, content, digest)
     select org_id, id, site_id, 'report', 1, 77, 'odd for ever', '{}'::bytea, sha256('{}') from agents where id = $1
     returning id`,
    [agentId],
  );
  const id = Number(row?.id);
  await expect(discardQuarantined(elsewhere, id)).rejects.toMatchObject({ code: "not_found" });
  expect(await countQuarantined(owner)).toBe(1);
  await discardQuarantined(owner, id);
  expect(await countQuarantined(owner)).toBe(0);
  await expect(discardQuarantined(owner, id)).rejects.toMatchObject({ code: "not_found" });
  const audited = await stage.rows(
    "select subject_label as label, details from audit_entries where action = 'telemetry:quarantine-discard'",
  );
  expect(audited).toEqual([
    { label: "poisoned", details: { reason: "odd for ever", message: "report 1.77", bytes: 2 } },
  ]);
});
