import { afterAll, beforeAll, expect, test } from "vitest";
import { createMember, createOrganisation, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { listOperations } from "./queries";
import { trackOperation } from "./track";

let stage: Stage;
let organisation: Organisation;
const KIND = { kind: "sites-import", total: 10 } as const;

beforeAll(async () => {
  stage = await openStage();
  organisation = await createOrganisation(stage, "busy");
});
afterAll(() => stage.close());

test("while it runs others see how far it is; who sees not all sites sees only the own ones, another organisation none", async () => {
  const owner = await signIn(stage, organisation.people.owner);
  const viewer = await signIn(stage, organisation.people.viewer);
  const person = { email: "north@busy.test", role: "viewer", scopeSelector: "region=north" } as const;
  const limited = await signIn(stage, await createMember(stage, organisation.id, person));
  const stranger = await signIn(stage, (await createOrganisation(stage, "other")).people.owner);
  const answer = await trackOperation(owner, KIND, async (progress) => {
    await progress(4);
    const [seen] = await listOperations(viewer);
    expect(seen).toMatchObject({
      state: "running",
      done: 4,
      total: 10,
      isOwn: false,
      label: owner.email,
      endedAt: null,
    });
    expect(await listOperations(limited)).toEqual([]);
    expect(await listOperations(stranger)).toEqual([]);
    return "result";
  });
  expect(answer).toBe("result");
  expect(await listOperations(owner)).toMatchObject([{ state: "done", done: 10, isOwn: true }]);
});

test("what fails says so and keeps its error; what is not heard of any more is lost, not running", async () => {
  const owner = await signIn(stage, organisation.people.owner);
  const failing = trackOperation(owner, KIND, async (progress) => {
    await progress(3);
    throw new Error("no room");
  });
  await expect(failing).rejects.toThrow("no room");
  expect((await listOperations(owner))[0]).toMatchObject({ state: "failed", done: 3 });
  await stage.admin.query(
    `insert into operations (org_id, kind, label, total, started_at, heard_at)
     values ($1, 'sites-import', 'gone', 5, now() - interval '10 minutes', now() - interval '3 minutes')`,
    [organisation.id],
  );
  const states = (await listOperations(owner)).map(({ label, state }) => ({ label, state }));
  expect(states).toContainEqual({ label: "gone", state: "lost" });
});

test("what ended an hour ago is not shown any more", async () => {
  const owner = await signIn(stage, organisation.people.owner);
  await stage.admin.query(
    `update operations set ended_at = now() - interval '61 minutes', outcome = 'failed',
       started_at = now() - interval '2 hours'`,
  );
  expect(await listOperations(owner)).toEqual([]);
});
