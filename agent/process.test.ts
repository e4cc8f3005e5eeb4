import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeGateway, gatewayError } from "./testing/fake-gateway";
import { makeSelfSigned } from "./testing/self-signed";

const ROOT = join(import.meta.dirname, "..");
const TOKEN = `fbj_${"A".repeat(43)}`;
const COMMAND = ["--import", "tsx", "agent/main.ts"];
const PATIENCE = { timeout: 20_000, interval: 20 };

let gateway: FakeGateway;
let dataPath: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  gateway = new FakeGateway();
  await gateway.start();
  dataPath = mkdtempSync(join(tmpdir(), "fernblick-agent-"));
});
afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
  await gateway.stop();
});

const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  NODE_ENV: "test",
  PATH: "/usr/bin:/bin",
  HOME: dataPath,
  FERNBLICK_AGENT_DATA: dataPath,
  FERNBLICK_AGENT_INTERVAL: "1",
  ...more,
});

function runOnce(args: string[], env = environment()): Promise<{ stdout: string; stderr: string; code: number }> {
  return promisify(execFile)(process.execPath, [...COMMAND, ...args], { cwd: ROOT, env }).then(
    (done) => ({ ...done, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

function startAgent(env = environment()): { child: ChildProcess; stderr: () => string; ended: Promise<unknown[]> } {
  const child = spawn(process.execPath, [...COMMAND, "run"], { cwd: ROOT, env, stdio: ["ignore", "ignore", "pipe"] });
  running.add(child);
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  return { child, stderr: () => text, ended: once(child, "exit") };
}

const enrol = () => runOnce(["enrol", "--gateway", gateway.url, "--token", TOKEN]);
/** Whole batches only: what is still being written under a temporary name does not count as kept. */
const spoolFiles = () => readdirSync(join(dataPath, "spool")).filter((name) => /^\d+-\d+\.json\.gz$/.test(name));
const names = () => gateway.pushes.map(({ batch }) => `${batch.epoch}.${batch.sequence}`);

describe("the real agent process", () => {
  test("enrols, keeps its key for itself, and names the next command", async () => {
    const { stdout, code } = await enrol();
    expect(code).toBe(0);
    expect(stdout).toContain("Example Org");
    expect(stdout).toContain("Example Site");
    expect(stdout).toContain("Next: fernblick-agent run");
    expect(statSync(join(dataPath, "identity.json")).mode & 0o777).toBe(0o600);
    expect(statSync(dataPath).mode & 0o777).toBe(0o700);
    expect(JSON.stringify(gateway.enrolments)).not.toContain("PRIVATE");
    expect(readdirSync(dataPath)).toEqual(["identity.json"]);
  });

  test("sends signed batches with facts in the first one, and empties its spool", { timeout: 40_000 }, async () => {
    await enrol();
    const { child, ended } = startAgent();
    await vi.waitFor(() => expect(gateway.stored.length).toBeGreaterThanOrEqual(3), PATIENCE);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(gateway.pushes.every((push) => push.isSignatureValid)).toBe(true);
    expect(gateway.pushes[0]?.batch.facts?.coresLogical).toHaveProperty("value");
    expect(gateway.pushes[1]?.batch.facts).toBeUndefined();
    expect(gateway.pushes.map(({ batch }) => batch.sequence)).toEqual(gateway.pushes.map((_, index) => index + 1));
    expect(spoolFiles().length).toBeLessThanOrEqual(1);
  });

  test("killed between spool and acknowledgement it sends the same batch again: nothing lost, nothing renamed", {
    timeout: 60_000,
  }, async () => {
    await enrol();
    gateway.reactions.push("hang");
    const first = startAgent();
    await vi.waitFor(() => expect(spoolFiles().length).toBeGreaterThanOrEqual(3), PATIENCE);
    first.child.kill("SIGKILL");
    await first.ended;
    const unanswered = names();
    const waiting = spoolFiles().map((file) => file.replace(".json.gz", "").replace("-", "."));
    expect(unanswered).toHaveLength(1);
    expect(waiting).toEqual(expect.arrayContaining(unanswered));
    const bodySentFirst = gateway.pushes[0]?.body;

    const second = startAgent();
    await vi.waitFor(() => expect(gateway.stored).toEqual(expect.arrayContaining(waiting)), PATIENCE);
    await vi.waitFor(() => expect(new Set(epochs()).size).toBe(2), PATIENCE);
    second.child.kill("SIGTERM");
    await second.ended;
    const again = gateway.pushes
      .slice(1)
      .find((push) => `${push.batch.epoch}.${push.batch.sequence}` === unanswered[0]);
    expect(again?.body).toEqual(bodySentFirst);
    expect(new Set(gateway.stored).size).toBe(gateway.stored.length);
    expect(Math.max(...epochs())).toBeGreaterThan(Math.min(...epochs()));
    expectGrowingCounters();
  });

  test("a gateway that is away costs nothing: everything arrives later, newest first", {
    timeout: 60_000,
  }, async () => {
    await enrol();
    const port = Number(new URL(gateway.url).port);
    await gateway.stop();
    const agent = startAgent();
    await vi.waitFor(() => expect(spoolFiles().length).toBeGreaterThanOrEqual(4), PATIENCE);
    await gateway.start(port);
    await vi.waitFor(() => expect(gateway.stored).toHaveLength(new Set(names()).size), PATIENCE);
    await vi.waitFor(() => expect(Math.min(...sequences())).toBe(1), PATIENCE);
    agent.child.kill("SIGINT");
    expect(await agent.ended).toEqual([0, null]);
    expect(sequences()[0]).toBeGreaterThan(1);
    const highest = Math.max(...sequences());
    const missing = Array.from({ length: highest }, (_, index) => index + 1).filter((n) => !sequences().includes(n));
    expect(missing).toEqual([]);
    const lines = agent
      .stderr()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.map(({ msg }) => msg).filter((msg) => /online|retrying/.test(msg))).toEqual([
      "gateway not reached, retrying; readings are kept",
      "online",
    ]);
  });

  test("stops within two seconds while a push hangs, and keeps the batch", { timeout: 40_000 }, async () => {
    await enrol();
    gateway.reactions.push("hang");
    const { child, ended } = startAgent(environment({ FERNBLICK_AGENT_INTERVAL: "60" }));
    await vi.waitFor(() => expect(gateway.pushes).toHaveLength(1), PATIENCE);
    const askedAt = performance.now();
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    expect(spoolFiles()).toHaveLength(1);
    expect(readdirSync(join(dataPath, "spool")).filter((name) => name.startsWith(".tmp"))).toEqual([]);
    expect(readdirSync(dataPath)).not.toContain("agent.lock");
  });

  test("a second agent in the same folder is refused in one line that names the first", {
    timeout: 40_000,
  }, async () => {
    await enrol();
    const first = startAgent();
    await vi.waitFor(() => expect(gateway.stored.length).toBeGreaterThan(0), PATIENCE);
    const second = await runOnce(["run"]);
    expect(second.code).toBe(1);
    expect(second.stderr.trim().split("\n")).toEqual([
      `fernblick-agent: ${dataPath} is in use by the agent with process id ${first.child.pid}; stop it first`,
    ]);
  });

  test("enrols and sends over https, where a private authority vouches for the gateway", {
    timeout: 40_000,
  }, async () => {
    const tls = makeSelfSigned();
    await gateway.stop();
    gateway = new FakeGateway(tls);
    await gateway.start();
    const stranger = await enrol();
    expect(stranger.stderr.trim()).toBe(
      `fernblick-agent: No answer from ${gateway.url}: DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate; ` +
        "check the address and run the same command again",
    );
    writeFileSync(join(dataPath, "authority.pem"), tls.cert);
    const trusting = environment({ NODE_EXTRA_CA_CERTS: join(dataPath, "authority.pem") });
    expect(await runOnce(["enrol", "--gateway", gateway.url, "--token", TOKEN], trusting)).toMatchObject({ code: 0 });
    const { child, ended } = startAgent(trusting);
    await vi.waitFor(() => expect(gateway.stored.length).toBeGreaterThanOrEqual(2), PATIENCE);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(gateway.pushes.every((push) => push.isSignatureValid)).toBe(true);
  });

  test("opens no port of its own", { timeout: 40_000 }, async () => {
    await enrol();
    const { child } = startAgent();
    await vi.waitFor(() => expect(gateway.stored.length).toBeGreaterThan(0), PATIENCE);
    const inodes = readdirSync(`/proc/${child.pid}/fd`).flatMap((fd) => {
      const target = findLink(`/proc/${child.pid}/fd/${fd}`);
      return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
    });
    expect(inodes.length).toBeGreaterThan(0);
    const listening = ["tcp", "tcp6"].flatMap((table) =>
      readFileSync(`/proc/${child.pid}/net/${table}`, "utf8")
        .split("\n")
        .map((line) => line.trim().split(/ +/))
        // State 0A is LISTEN (include/net/tcp_states.h); column 9 is the inode.
        .filter((columns) => columns[3] === "0A" && inodes.includes(columns[9] ?? "")),
    );
    expect(listening).toEqual([]);
  });

  test("reads this machine without an identity and without writing", async () => {
    const { stdout, code } = await runOnce(["read"]);
    const reading = JSON.parse(stdout) as { facts: object; samples: { kind: string }[] };
    expect(code).toBe(0);
    expect(reading.facts).toHaveProperty("energySource");
    expect(reading.samples.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["machine"]));
    expect(readdirSync(dataPath)).toEqual([]);
  });

  test.each([
    [["run"], {}, /holds no identity; run "fernblick-agent enrol"/],
    [["fly"], {}, /found "fly", expected enrol, run or read/],
    [["run", "--nix"], {}, /Unknown option '--nix'/],
    [["enrol", "--gateway", "http://localhost:1"], {}, /--token is missing/],
    [["enrol", "--gateway", "ftp://x", "--token", TOKEN], {}, /expected an address such as https/],
    [["enrol", "--gateway", "http://127.0.0.1:9", "--token", "abc"], {}, /expected fbj_ and 43 characters/],
    [["read"], { FERNBLICK_AGENT_INTERVAL: "soon" }, /FERNBLICK_AGENT_INTERVAL: found "soon"; expected seconds/],
  ] as [string[], Record<string, string>, RegExp][])(
    "%j with %j ends with one clear line and exit 1",
    async (args, env, line) => {
      const { code, stderr } = await runOnce(args, environment(env));
      expect(code).toBe(1);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toMatch(line);
    },
  );

  test("a broken identity is named, not overwritten", async () => {
    writeFileSync(join(dataPath, "identity.json"), "{");
    const { code, stderr } = await runOnce(["run"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${dataPath}/identity.json: found content that is not this agent's`);
    expect(readFileSync(join(dataPath, "identity.json"), "utf8")).toBe("{");
  });

  test("a refused token is told in the gateway's words", async () => {
    gateway.enrolReactions.push(gatewayError(403, "token_expired"));
    const { code, stderr } = await enrol();
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(`fernblick-agent: ${gateway.url} refused: made up: token_expired (token_expired)`);
    expect(readdirSync(dataPath)).toEqual([]);
  });
});

const epochs = () => gateway.pushes.map(({ batch }) => batch.epoch);
const sequences = () => gateway.pushes.map(({ batch }) => batch.sequence);

function expectGrowingCounters(): void {
  const readings = gateway.pushes
    .map(({ batch }) => batch)
    .sort((a, b) => a.epoch - b.epoch || a.sequence - b.sequence)
    .map(({ observations }) => observations[0]?.entities[0]?.readings.cpuIdleSeconds ?? Number.NaN);
  expect(readings).toEqual([...readings].sort((a, b) => a - b));
}

/** A file may be closed between listing and looking. */
function findLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
