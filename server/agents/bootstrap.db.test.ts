import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEdge, enrolEdge, type Gateway, requestEnrolment, startGateway } from "@/server/testing/edge";
import { createOrganisation, type Organisation, signIn } from "@/server/testing/people";
import { openStage, type Stage } from "@/server/testing/stage";
import { findAgentStatus, issueLocalJoinToken } from "./bootstrap";
import { revokeAgent } from "./commands";

let stage: Stage;
let gateway: Gateway;
let organisation: Organisation;

beforeAll(async () => {
  stage = await openStage();
  gateway = await startGateway(stage.database);
  organisation = await createOrganisation(stage, "north");
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});

test("the local token lets one agent in, for an hour, and makes its site once whatever the case of its name", async () => {
  const first = await issueLocalJoinToken(stage.database, { organisationId: organisation.id, siteName: "Here" });
  await issueLocalJoinToken(stage.database, { organisationId: organisation.id, siteName: "HERE" });
  expect(await stage.rows("select name from sites where org_id = $1", [organisation.id])).toEqual([{ name: "Here" }]);
  await enrolEdge(gateway, first.token, createEdge("this machine"));
  const second = await requestEnrolment(gateway, first.token, createEdge("another machine"));
  expect([second.status, second.body.error.code]).toEqual([403, "token_used_up"]);
  const lives = await stage.rows(
    "select round(extract(epoch from expires_at - created_at) / 60)::int as minutes from join_tokens",
  );
  expect(lives).toEqual([{ minutes: 60 }, { minutes: 60 }]);
});

test("the status of an agent is that of the database, and null for an id that it does not know", async () => {
  const { token } = await issueLocalJoinToken(stage.database, { organisationId: organisation.id, siteName: "Here" });
  const edge = await enrolEdge(gateway, token, createEdge("asked about"));
  expect(await findAgentStatus(stage.database, edge.agentId)).toBe("active");
  await revokeAgent(await signIn(stage, organisation.people.owner), edge.agentId);
  expect(await findAgentStatus(stage.database, edge.agentId)).toBe("revoked");
  expect(await findAgentStatus(stage.database, randomUUID())).toBeNull();
});
