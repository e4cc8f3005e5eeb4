import { deflateRawSync, inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createJoinToken, revokeAgent } from "@/server/agents/commands";
import { createEdge, type Edge, enrolEdge, type Gateway, postMessages, startGateway } from "@/server/testing/edge";
import {
  inventoryMessage,
  nodeItem,
  source,
  stateOf,
  type TestItems,
  wholeMessage,
} from "@/server/testing/inventories";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";

let stage: Stage;
let gateway: Gateway;
let owner: Awaited<ReturnType<typeof signIn>>;
let token = "";
let edge: Edge;
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  const organisation = await createOrganisation(stage, "clusters");
  owner = await signIn(stage, organisation.people.owner);
  const siteId = await createSite(stage, organisation.id, "Harbour");
  gateway = await startGateway(stage.database);
  const input = { name: "Rack", siteId, labels: {}, usesMax: 1000, hoursToLive: 1, isApprovalRequired: false };
  ({ token } = await createJoinToken(owner, input));
});
afterAll(async () => {
  await gateway.close();
  await stage.close();
});
beforeEach(async () => {
  count += 1;
  edge = await enrolCluster(`edge ${count}`, `uid-${count}`);
});

const enrolCluster = (name: string, clusterUid: string) =>
  enrolEdge(gateway, token, createEdge(name), { clusterUid, systemUuid: null });

const ITEMS: TestItems = {
  source: { nodes: source(), pods: source(), persistentvolumeclaims: source("denied") },
  cluster: { cluster: { gitVersion: "v1.33.1+k3s1", distribution: "k3s", controlPlane: "single" } },
  node: { a: nodeItem(), b: nodeItem({ conditions: { Ready: { status: "False" } } }) },
};

/** Messages are made before it is known who sends them. */
const inCluster = (message: ReturnType<typeof wholeMessage>, clusterUid: string) => ({
  ...message,
  payload: deflateRawSync(
    JSON.stringify({ ...JSON.parse(inflateRawSync(message.payload).toString("utf8")), clusterUid }),
  ),
});

async function verdictOf(
  plain: ReturnType<typeof wholeMessage>,
  by = edge,
  clusterUid = `uid-${count}`,
): Promise<string> {
  const message = inCluster(plain, clusterUid);
  const session = await openSession(gateway, by);
  const answer = await session.send(message);
  await session.close();
  return answer.type === "refused" ? (JSON.parse(answer.text) as { code: string }).code : answer.type;
}

const clusterRow = async (by = edge) => {
  const [row] = await stage.rows<Record<string, unknown>>(
    "select c.* from agents a join clusters c on c.id = a.cluster_id where a.id = $1",
    [by.agentId],
  );
  return row ?? {};
};
const itemsOf = async (by = edge): Promise<TestItems> => {
  const rows = await stage.rows<{ kind: keyof TestItems; key: string; item: unknown }>(
    `select i.kind, i.key, i.item from agents a join clusters c on c.id = a.cluster_id
     join cluster_items i on i.cluster_id = c.id and i.generation = c.generation where a.id = $1`,
    [by.agentId],
  );
  const items: TestItems = {};
  for (const { kind, key, item } of rows) items[kind] = { ...items[kind], [key]: item };
  return items;
};
const changes = async () =>
  (
    await stage.rows<{ kind: string; subject: string | null }>(
      `select ch.kind, ch.subject from cluster_changes ch join agents a on a.cluster_id = ch.cluster_id
       where a.id = $1 order by ch.id`,
      [edge.agentId],
    )
  ).map(({ kind, subject }) => (subject ? `${kind} ${subject}` : kind));

describe("what an agent tells of its cluster", () => {
  test("is stored as a whole, with what lists read; what could not be read is unknown and not zero", async () => {
    expect(await verdictOf(wholeMessage(ITEMS))).toBe("acknowledged");
    expect(await itemsOf()).toEqual(ITEMS);
    expect(await clusterRow()).toMatchObject({
      uid: `uid-${count}`,
      name: `edge ${count}`,
      distribution: "k3s",
      provider: null,
      nodes_total: 2,
      nodes_ready: 1,
      claimed_bytes: null,
      sources_unknown: 1,
      cpu_allocatable_cores: 8,
      health: "degraded",
    });
  });

  test("is then only what changed, and the same change again changes nothing", async () => {
    await verdictOf(wholeMessage(ITEMS));
    const next = { ...ITEMS, node: { a: nodeItem({ bootId: "boot-2" }), c: nodeItem() } };
    const change = inventoryMessage(
      { base: stateOf(ITEMS), target: stateOf(next) },
      { node: next.node },
      {
        drop: { node: ["b"] },
      },
    );
    expect(await verdictOf(change)).toBe("acknowledged");
    expect(await verdictOf(change)).toBe("acknowledged");
    expect(await itemsOf()).toEqual(next);
    expect(await clusterRow()).toMatchObject({ nodes_total: 2, nodes_ready: 2, health: "healthy" });
    expect(await changes()).toEqual(["first_seen", "node_rebooted a", "node_added c", "node_removed b"]);
  });

  test("a change that does not fit what is here is refused, changes nothing, and the whole is asked for", async () => {
    const change = inventoryMessage({ base: stateOf(ITEMS), target: stateOf({}) }, {}, { drop: { node: ["a", "b"] } });
    expect(await verdictOf(change)).toBe("state_unknown");
    await verdictOf(wholeMessage(ITEMS));
    expect(await verdictOf(change)).toBe("state_unknown");
    const other = inventoryMessage({ base: stateOf({}), target: stateOf(ITEMS) + 1n }, { node: { d: nodeItem() } });
    expect(await verdictOf(other)).toBe("state_unknown");
    expect(await itemsOf()).toEqual(ITEMS);
  });

  test("a whole in parts is shown once it is complete, and one that was broken off never", async () => {
    await verdictOf(wholeMessage(ITEMS));
    const next: TestItems = { source: { nodes: source() }, node: { z: nodeItem() } };
    const [first, all] = [stateOf({ source: { nodes: source() } }), stateOf(next)];
    const begin = inventoryMessage(
      { base: 0n, target: first },
      { source: { nodes: source() } },
      {
        part: { isFirst: true, isLast: false },
      },
    );
    const end = inventoryMessage(
      { base: first, target: all },
      { node: { z: nodeItem() } },
      {
        part: { isFirst: false, isLast: true },
      },
    );
    expect(await verdictOf(begin)).toBe("acknowledged");
    expect(await itemsOf()).toEqual(ITEMS);
    // The answer was lost: the same part again, then from the beginning.
    expect(await verdictOf(begin)).toBe("acknowledged");
    expect(await verdictOf(end)).toBe("acknowledged");
    expect(await verdictOf(end)).toBe("acknowledged");
    expect(await itemsOf()).toEqual(next);
    const rows = await stage.rows(
      "select distinct i.generation from cluster_items i join agents a using (cluster_id) where a.id = $1",
      [edge.agentId],
    );
    expect(rows).toHaveLength(1);
    expect(await changes()).toEqual(["first_seen", "node_removed a", "node_removed b", "node_added z"]);
  });

  test("comes over HTTP as well as over a session", async () => {
    const whole = await postMessages(gateway, edge, [inCluster(wholeMessage(ITEMS), `uid-${count}`)]);
    expect(whole.body.results).toEqual([{ id: 1, verdict: "stored" }]);
    const odd = await postMessages(gateway, edge, [
      inCluster(inventoryMessage({ base: 5n, target: 6n }, {}), `uid-${count}`),
    ]);
    expect(odd.body.results).toMatchObject([{ id: 1, verdict: "state_unknown" }]);
    expect(await itemsOf()).toEqual(ITEMS);
  });

  test("with what Postgres cannot hold is stored without it, under the name that its sender gave the state", async () => {
    const items: TestItems = { ...ITEMS, node: { a: nodeItem({ osImage: "Odd\0 \ud800" }) } };
    expect(await verdictOf(wholeMessage(items))).toBe("acknowledged");
    expect((await itemsOf()).node?.a).toMatchObject({ osImage: "Odd \ufffd" });
    const check = inventoryMessage({ base: stateOf(items), target: stateOf(items) }, {});
    expect(await verdictOf(check)).toBe("acknowledged");
  });

  test("is refused from an agent that speaks for a machine, and from one that was revoked", async () => {
    const machine = await enrolEdge(gateway, token, createEdge(`machine ${count}`));
    expect(await verdictOf(wholeMessage(ITEMS), machine)).toBe("malformed");
    const session = await openSession(gateway, edge);
    await stage.admin.query("update agents set status = 'revoked' where id = $1", [edge.agentId]);
    session.post(wholeMessage(ITEMS));
    await expect.poll(() => session.closed?.code).toBe(4401);
    expect(await itemsOf()).toEqual({});
  });
});

test("an agent whose state was copied into another cluster speaks for that one, and the first keeps what it told", async () => {
  await verdictOf(wholeMessage(ITEMS));
  const before = await clusterRow();
  const node: TestItems = { node: { elsewhere: nodeItem() } };
  expect(await verdictOf(wholeMessage(node), edge, `other-${count}`)).toBe("acknowledged");
  expect(await clusterRow()).toMatchObject({ uid: `other-${count}`, agent_id: edge.agentId });
  expect(await itemsOf()).toEqual(node);
  const [first] = await stage.rows("select agent_id, nodes_total from clusters where id = $1", [before.id]);
  expect(first).toEqual({ agent_id: null, nodes_total: 2 });
});

describe("two agents of one cluster", () => {
  test("get a cluster each while both are heard, both marked; the second goes on there once the first is revoked", async () => {
    await verdictOf(wholeMessage(ITEMS));
    const second = await enrolCluster(`copy ${count}`, `uid-${count}`);
    const node: TestItems = { node: { only: nodeItem() } };
    expect(await verdictOf(wholeMessage(node), second)).toBe("acknowledged");
    const [one, two] = [await clusterRow(), await clusterRow(second)];
    expect(two).toMatchObject({ uid: `agent:${second.agentId}`, collides_with: one.id });
    expect(await itemsOf()).toEqual(ITEMS);
    expect(await itemsOf(second)).toEqual(node);

    await revokeAgent(owner, edge.agentId);
    // The cluster that it speaks for from now on has another state.
    expect(await verdictOf(inventoryMessage({ base: stateOf(node), target: stateOf(node) }, {}), second)).toBe(
      "state_unknown",
    );
    expect(await verdictOf(wholeMessage(node), second)).toBe("acknowledged");
    expect(await clusterRow(second)).toMatchObject({ id: one.id, agent_id: second.agentId });
    expect(await itemsOf(second)).toEqual(node);
  });
});
