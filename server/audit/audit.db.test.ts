import { afterAll, beforeAll, expect, test } from "vitest";
import { withTenant } from "@/db/client";
import { createOrganisation, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { listAudit } from "./queries";
import { recordAudit } from "./record";

let stage: Stage;
let north: Organisation;
let south: Organisation;

beforeAll(async () => {
  stage = await openStage();
  north = await createOrganisation(stage, "north");
  south = await createOrganisation(stage, "south");
});
afterAll(() => stage.close());

test("the log is read page by page from the newest on, without leaving out or repeating an entry, and only one's own", async () => {
  for (let index = 0; index < 25; index += 1) {
    const orgId = index % 5 === 0 ? south.id : north.id;
    await withTenant(stage.database, { orgId }, (tx) =>
      recordAudit(tx, {
        orgId,
        actor: { kind: "system", label: "test" },
        action: "agents:enrol",
        subject: { kind: "agent", label: `entry ${index}` },
      }),
    );
  }
  const caller = await signIn(stage, north.people.auditor);
  const labels: (string | null)[] = [];
  let cursor: number | null = null;
  do {
    const page = await listAudit(caller, { cursor, limit: 7 });
    labels.push(...page.rows.filter((row) => row.actorLabel === "test").map((row) => row.subjectLabel));
    cursor = page.nextCursor;
  } while (cursor !== null);
  const expected = Array.from({ length: 25 }, (_, index) => index).filter((index) => index % 5 !== 0);
  expect(labels).toEqual(expected.reverse().map((index) => `entry ${index}`));
});

test("an entry cannot be written into the log of another organisation", async () => {
  const writing = withTenant(stage.database, { orgId: north.id }, (tx) =>
    recordAudit(tx, {
      orgId: south.id,
      actor: { kind: "system", label: "test" },
      action: "agents:enrol",
      subject: { kind: "agent" },
    }),
  );
  await expect(writing).rejects.toMatchObject({ cause: { message: expect.stringContaining("row-level security") } });
});
