import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Block } from "@/contract/codec/block";
import { SESSION_PATH, SESSION_PROTOCOL } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import { createJoinToken } from "@/server/agents/commands";
import { backlogMessage, dictionaryMessage } from "@/server/testing/batches";
import { createEdge, type Edge, enrolEdge, type Gateway, startGateway } from "@/server/testing/edge";
import { createOrganisation, createSite, signIn } from "@/server/testing/people";
import { openSession, type TestSession } from "@/server/testing/session";
import { openStage, type Stage } from "@/server/testing/stage";
import { blockOf } from "@/server/testing/streams";
import { until } from "@/server/testing/until";

const ENTRIES = [{ kind: "filesystem" as const, key: "/" }];
const QUOTA_BYTES = 20_000;

let stage: Stage;
let gateway: Gateway;
let loud: Edge;
let quiet: Edge;
const sockets: Socket[] = [];

beforeAll(async () => {
  stage = await openStage();
  gateway = await startGateway(stage.database, 60, {
    limits: { organisationBytesPerSecond: QUOTA_BYTES, burstSeconds: 1 },
  });
  const enrol = async (name: string) => {
    const organisation = await createOrganisation(stage, name);
    const siteId = await createSite(stage, organisation.id, "Site");
    const input = { name: "Rack", siteId, labels: {}, usesMax: 9, hoursToLive: 1, isApprovalRequired: false };
    const { token } = await createJoinToken(await signIn(stage, organisation.people.owner), input);
    return enrolEdge(gateway, token, createEdge(name));
  };
  loud = await enrol("loud");
  quiet = await enrol("quiet");
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await gateway.close();
  await stage.close();
});

let moment = Math.floor(Date.now() / 1000) - 50_000;
const nextBlock = (): Block => {
  moment += 1;
  return blockOf(ENTRIES, [moment], () => 1);
};

/** Sends messages one after the other; each is stored before the next, within the patience of `until`. */
async function expectService(session: TestSession, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const answer = await session.send(backlogMessage(nextBlock(), { sequence: round + 1 }));
    expect(answer.type).toBe("acknowledged");
  }
}

describe("an organisation that sends a hundred times its share", () => {
  test("is told to come later and keeps its share; every message of another one is stored", async () => {
    const session = await openSession(gateway, quiet);
    await session.send(dictionaryMessage(ENTRIES));
    const flood = await openSession(gateway, loud);
    await flood.send(dictionaryMessage(ENTRIES));
    const frame = backlogMessage(nextBlock(), { sequence: 1 });
    let sent = 0;
    let isOver = false;
    const flooding = (async () => {
      while (!isOver) {
        for (let at = 0; at < 200; at += 1) flood.post(frame);
        sent += 200;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await until("the flood is turned away", () => flood.answers.some((answer) => answer.type === "refused"));
    await expectService(session, 40);
    isOver = true;
    await flooding;
    const refused = flood.answers.flatMap((answer) => (answer.type === "refused" ? [JSON.parse(answer.text)] : []));
    expect(refused[0]).toMatchObject({ code: "rate_limited", retryAfterSeconds: expect.any(Number) });
    expect(flood.acknowledged.length).toBeGreaterThan(10);
    expect(flood.acknowledged.length).toBeLessThan(sent / 3);
    // For people it is written down once, not with every message.
    const noted = () =>
      stage.rows<{ label: string }>(
        "select subject_label as label from audit_entries where action = 'telemetry:over-quota'",
      );
    await until("it is written down", async () => (await noted()).length > 0);
    expect(await noted()).toEqual([{ label: loud.name }]);
    await session.close();
    await flood.close();
  });
});

describe("connections that say nothing, or hardly anything", () => {
  const open = (text: string): Socket => {
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(text);
    sockets.push(socket);
    return socket;
  };
  const upgrade = `GET ${SESSION_PATH} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: ${SESSION_PROTOCOL}\r\n\r\n`;

  test("keep nobody else out, and whoever says no hello is let go", async () => {
    const session = await openSession(gateway, quiet);
    await session.send(dictionaryMessage(ENTRIES));
    const silent = Array.from({ length: 300 }, () => open(upgrade));
    const headless = Array.from({ length: 300 }, () => open("POST /v1/agents/push HTTP/1.1\r\nhost: x\r\nfoo: "));
    const bodiless = Array.from({ length: 100 }, () =>
      open(
        `POST ${GATEWAY_PATHS.push} HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.fernblick.messages\r\ncontent-length: 100000\r\n\r\nx`,
      ),
    );
    await expectService(session, 20);
    const isGone = (socket: Socket) => socket.destroyed || socket.readableEnded;
    for (const socket of [...silent, ...headless, ...bodiless]) socket.resume();
    await until("those without a hello are gone", () => silent.every(isGone), 20);
    await until("those without a body are gone", () => bodiless.every(isGone), 40);
    await until("those without a head are gone", () => headless.every(isGone), 60);
    expect((await session.send(backlogMessage(nextBlock(), { sequence: 99 }))).type).toBe("acknowledged");
    await session.close();
  }, 120_000);
});
