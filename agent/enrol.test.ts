import { createPublicKey } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EnrolError, enrol } from "./enrol";
import { findIdentity } from "./identity-file";
import { FakeGateway, gatewayError } from "./testing/fake-gateway";
import { type MadeUpHost, makeHost } from "./testing/made-up-host";

const TOKEN = `fbj_${"A".repeat(43)}`;
const OTHER_TOKEN = `fbj_${"B".repeat(43)}`;
const UUID = "4c4c4544-0042-4d10-8052-b4c04f4e3333";

let gateway: FakeGateway;
let dataPath: string;
let host: MadeUpHost;

beforeEach(async () => {
  host = makeHost({ "etc/hostname": "edge-17\n", "sys/class/dmi/id/product_uuid": `${UUID}\n` });
  gateway = new FakeGateway();
  await gateway.start();
  dataPath = join(mkdtempSync(join(tmpdir(), "fernblick-enrol-")), "agent");
});
afterEach(async () => {
  await gateway.stop();
  rmSync(dirname(dataPath), { recursive: true });
});

const run = (more: Partial<Parameters<typeof enrol>[0]> = {}) =>
  enrol({
    gateway: `${gateway.url}/`,
    token: TOKEN,
    dataPath,
    roots: host.roots,
    isReplacing: false,
    cluster: null,
    ...more,
  });
const files = () => readdirSync(dataPath).sort();

describe("enrolment", () => {
  test("keeps a private identity and tells the gateway who this machine is", async () => {
    const { identity } = await run();
    expect(files()).toEqual(["identity.json"]);
    expect(statSync(join(dataPath, "identity.json")).mode & 0o777).toBe(0o600);
    expect(statSync(dataPath).mode & 0o777).toBe(0o700);
    expect(await findIdentity(dataPath)).toEqual(identity);
    expect(identity.gateway).toBe(gateway.url);
    expect(gateway.enrolments).toEqual([
      expect.objectContaining({ token: TOKEN, hostname: "edge-17", systemUuid: UUID, systemSerial: null }),
    ]);
    const key = createPublicKey(identity.privateKey).export({ format: "jwk" });
    expect(key).toMatchObject({ crv: "Ed25519", x: gateway.enrolments[0]?.publicKey });
  });

  test("an answer that was lost is asked for again with the very same key", async () => {
    gateway.enrolReactions.push("cut");
    await expect(run()).rejects.toThrow(/No answer from http.*run the same command again/);
    expect(files()).toEqual(["identity-pending.json"]);
    expect(statSync(join(dataPath, "identity-pending.json")).mode & 0o777).toBe(0o600);
    const { identity } = await run();
    const [first, second] = gateway.enrolments;
    expect(second?.publicKey).toBe(first?.publicKey);
    expect(identity.publicKey).toBe(first?.publicKey);
    expect(files()).toEqual(["identity.json"]);
  });

  test("the key is on disk before the gateway hears of it", async () => {
    gateway.enrolReactions.push({ status: 503 });
    await expect(run()).rejects.toThrow(EnrolError);
    const pending = JSON.parse(readFileSync(join(dataPath, "identity-pending.json"), "utf8")) as { publicKey: string };
    expect(pending.publicKey).toBe(gateway.enrolments[0]?.publicKey);
    expect(JSON.stringify(pending)).not.toContain(TOKEN);
  });

  test("another token gets another key", async () => {
    gateway.enrolReactions.push("cut");
    await expect(run()).rejects.toThrow(EnrolError);
    await run({ token: OTHER_TOKEN });
    expect(gateway.enrolments[1]?.publicKey).not.toBe(gateway.enrolments[0]?.publicKey);
  });

  test("a refusal is told in the gateway's words and leaves nothing behind", async () => {
    gateway.enrolReactions.push(gatewayError(403, "token_used_up"));
    await expect(run()).rejects.toThrow(`${gateway.url} refused: made up: token_used_up (token_used_up)`);
    expect(files()).toEqual([]);
  });

  test("an agent that was revoked before its answer arrived gets no identity, and a new key the next time", async () => {
    gateway.enrolReactions.push("cut");
    await expect(run()).rejects.toThrow(EnrolError);
    const { agentId } = gateway;
    const answer = {
      agentId,
      organisation: "Example Org",
      site: "Example Site",
      status: "revoked",
      intervalSeconds: 60,
    };
    gateway.enrolReactions.push({ status: 201, body: answer });
    await expect(run()).rejects.toThrow(/revoked in the console; run the same command with another token/);
    expect(files()).toEqual([]);
  });

  test("something that is no gateway is named as such", async () => {
    gateway.enrolReactions.push({ status: 404 });
    await expect(run()).rejects.toThrow(/answered 404 and not as a Fernblick gateway does/);
  });

  test("an identity that is there is not overwritten without being asked to", async () => {
    const { identity } = await run();
    await expect(run()).rejects.toThrow(/already holds the identity of an agent at .*site Example Site.*--replace/);
    expect(gateway.enrolments).toHaveLength(1);
    expect(await findIdentity(dataPath)).toEqual(identity);
  });

  test("replacing makes another key and keeps unsent readings from reaching another organisation", async () => {
    const { identity } = await run();
    mkdirSync(join(dataPath, "spool"));
    writeFileSync(join(dataPath, "spool/1-1.json.gz"), "");
    const replaced = await run({ isReplacing: true });
    expect(replaced.identity.publicKey).not.toBe(identity.publicKey);
    expect(existsSync(join(dataPath, "spool"))).toBe(false);
  });

  test("a replacement that fails leaves the identity as it was", async () => {
    const { identity } = await run();
    gateway.enrolReactions.push(gatewayError(403, "token_expired"));
    await expect(run({ isReplacing: true })).rejects.toThrow(EnrolError);
    expect(await findIdentity(dataPath)).toEqual(identity);
  });
});
