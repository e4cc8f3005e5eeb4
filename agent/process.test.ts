import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readSegment } from "./spool/segment";
import { ConnectProxy } from "./testing/connect-proxy";
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
  // A process that was just killed may have one more file open.
  rmSync(dataPath, { recursive: true, force: true, maxRetries: 5 });
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
const segments = () => readdirSync(join(dataPath, "spool")).filter((name) => name.endsWith(".seg"));
/** Moments that came, each once, oldest first. */
const moments = () => [...new Set(gateway.stored)].sort((a, b) => a - b);

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

  test("opens a signed session, sends its facts once and then moments that each cost little", {
    timeout: 40_000,
  }, async () => {
    await enrol();
    const { child, ended } = startAgent();
    await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(4), PATIENCE);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(gateway.areSignaturesValid).toBe(true);
    expect(gateway.frames.map(({ type, isKey }) => [type, isKey]).slice(0, 3)).toEqual([
      ["live", true],
      ["live", false],
      ["live", false],
    ]);
    expect(gateway.reports.filter(({ facts }) => facts !== undefined)).toHaveLength(1);
    expect(new Set(gateway.stored).size).toBe(gateway.stored.length);
  });

  test("killed before the acknowledgement it sends the same moments again: nothing lost, no time counted twice", {
    timeout: 60_000,
  }, async () => {
    await enrol();
    gateway.reactions.push("store", "hang");
    const first = startAgent();
    await vi.waitFor(() => expect(gateway.frames.length).toBeGreaterThanOrEqual(2), PATIENCE);
    const hanging = gateway.frames.at(-1)?.block.moments[0];
    first.child.kill("SIGKILL");
    await first.ended;
    const second = startAgent();
    await vi.waitFor(() => expect(gateway.stored).toContain(hanging), PATIENCE);
    const seen = moments().length;
    await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(seen + 2), PATIENCE);
    second.child.kill("SIGTERM");
    await second.ended;
    expect(uncoveredSeconds()).toBe(0);
  });

  test("a gateway that is away costs nothing: everything arrives later, the newest first", {
    timeout: 60_000,
  }, async () => {
    await enrol();
    const port = Number(new URL(gateway.url).port);
    await gateway.stop();
    const { child, ended, stderr } = startAgent();
    await vi.waitFor(() => expect(stderr()).toContain("readings are kept"), PATIENCE);
    await vi.waitFor(() => expect(spooledBytes()).toBeGreaterThan(900), PATIENCE);
    const { publicKey } = gateway;
    gateway = new FakeGateway();
    Object.assign(gateway, { publicKey });
    gateway.areSignaturesValid = true;
    await gateway.start(port);
    await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(4), { timeout: 40_000, interval: 20 });
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(uncoveredSeconds()).toBe(0);
    expect(gateway.frames[0]?.type).toBe("live");
  });

  test("where no WebSocket gets through it takes plain requests, and everything arrives", {
    timeout: 60_000,
  }, async () => {
    gateway.isUpgradeBlocked = true;
    await enrol();
    const { child, ended } = startAgent();
    await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(4), { timeout: 40_000, interval: 20 });
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(gateway.httpRequests).toBeGreaterThan(1);
    expect(gateway.frames.every(({ type }) => type === "backlog")).toBe(true);
    expect(gateway.areSignaturesValid).toBe(true);
    expect(uncoveredSeconds()).toBe(0);
  });

  test("stops within two seconds while an answer hangs, and keeps the moment", { timeout: 40_000 }, async () => {
    await enrol();
    gateway.reactions.push("hang");
    const { child, ended } = startAgent(environment({ FERNBLICK_AGENT_INTERVAL: "60" }));
    await vi.waitFor(() => expect(gateway.frames).toHaveLength(1), PATIENCE);
    const askedAt = performance.now();
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    expect(segments()).toHaveLength(1);
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
    expect(gateway.areSignaturesValid).toBe(true);
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
    [
      ["enrol", "--gateway", "https://fern.example", "--token", TOKEN],
      { HTTPS_PROXY: "socks5://w.example:1" },
      /HTTPS_PROXY: found "socks5:\/\/w.example:1"; expected http/,
    ],
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

  test.each([
    ["in a WebSocket", false, 0],
    ["by posts, where the proxy lets no WebSocket through", true, 1],
  ])("behind a proxy it enrols and reports through it alone, %s", { timeout: 60_000 }, async (_, isBlocked, posts) => {
    const proxy = new ConnectProxy();
    await proxy.start();
    try {
      proxy.isUpgradeBlocked = isBlocked;
      const behind = environment({ HTTP_PROXY: `http://${proxy.place}`, NO_PROXY: "other.example" });
      // A name that only the proxy can reach.
      const address = `http://fern.example:${new URL(gateway.url).port}`;
      const { code, stderr } = await runOnce(["enrol", "--gateway", address, "--token", TOKEN], behind);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      const requestsBefore = gateway.httpRequests;
      const { child, ended } = startAgent(behind);
      await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(3), PATIENCE);
      child.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
      expect(Math.min(1, gateway.httpRequests - requestsBefore)).toBe(posts);
      expect(new Set(proxy.targets)).toEqual(new Set([address.slice("http://".length)]));
      expect(gateway.areSignaturesValid).toBe(true);
    } finally {
      proxy.stop();
    }
  });

  test("killed again and again, wherever it happens to be, it loses nothing that it kept and counts no time twice", {
    timeout: 120_000,
  }, async () => {
    await enrol();
    const keptNow = () =>
      segments().flatMap((name) =>
        readSegment(readFileSync(join(dataPath, "spool", name))).records.map(({ wall }) => wall),
      );
    // The same instants in every run, spread over start, reading, writing and sending; a process needs a second to start,
    // and more where the machine is busy: then it takes more rounds until one of them got as far as keeping something.
    for (let round = 0, chance = 7; round < 10 || keptNow().length === 0; round += 1) {
      chance = (chance * 1103515245 + 12345) % 2 ** 31;
      const { child, ended } = startAgent();
      await delay(900 + (chance % 1_700));
      child.kill("SIGKILL");
      await ended;
    }
    const kept = keptNow();
    const { child, ended } = startAgent();
    await vi.waitFor(() => expect(gateway.stored).toEqual(expect.arrayContaining(kept)), PATIENCE);
    child.kill("SIGTERM");
    await ended;
    expect(doubledSeconds()).toBe(0);
    expect(gateway.areSignaturesValid).toBe(true);
  });

  test.each<[string, (content: string) => string | null]>([
    ["gone", () => null],
    ["empty", () => ""],
    ["cut in half", (content) => content.slice(0, content.length / 2)],
    ["other people's", () => '{"epoch":"soon","offset":[],"counters":7,"series":null}'],
    ["rubbish", () => "\u0000\u0001\u0002"],
  ])(
    "with all it remembers %s it starts, goes on, and counts no time twice",
    { timeout: 60_000 },
    async (_, damage) => {
      await enrol();
      const first = startAgent();
      await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(2), PATIENCE);
      first.child.kill("SIGKILL");
      await first.ended;
      const names = readdirSync(dataPath).filter((name) => name.endsWith(".json") && name !== "identity.json");
      expect(names.sort()).toEqual(["clock.json", "counters.json", "recorded.json", "state.json"]);
      for (const name of names) {
        const content = damage(readFileSync(join(dataPath, name), "utf8"));
        if (content === null) rmSync(join(dataPath, name));
        else writeFileSync(join(dataPath, name), content);
      }
      const seen = moments().length;
      const second = startAgent();
      await vi.waitFor(() => expect(moments().length).toBeGreaterThanOrEqual(seen + 3), PATIENCE);
      second.child.kill("SIGTERM");
      expect(await second.ended).toEqual([0, null]);
      expect(doubledSeconds()).toBe(0);
      expect(new Set(gateway.frames.map(({ epoch }) => epoch)).size).toBe(2);
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

/** Seconds that the spans of two records cover. */
const doubledSeconds = () => eachDistance().reduce((sum, { distance, span }) => sum + Math.max(0, span - distance), 0);

/** Seconds between the first and the last moment that no record's span covers, or that two cover. */
const uncoveredSeconds = () => eachDistance().reduce((sum, { distance, span }) => sum + Math.abs(distance - span), 0);

/** Of each moment but the first: how long after the one before, and the time that its growths are of. */
function eachDistance(): { distance: number; span: number }[] {
  const spans = new Map<number, number>();
  for (const { block } of gateway.frames) {
    const machine = block.layout.entries.findIndex(({ kind }) => kind === "machine");
    const column = block.layout.columnOf(machine, 0) * block.moments.length;
    block.moments.forEach((moment, at) => {
      if (gateway.stored.includes(moment)) spans.set(moment, block.values[column + at] ?? 0);
    });
  }
  return moments().flatMap((moment, at, all) => {
    const before = all[at - 1];
    return before === undefined ? [] : { distance: moment - before, span: spans.get(moment) ?? 0 };
  });
}

const spooledBytes = () => segments().reduce((total, name) => total + statSync(join(dataPath, "spool", name)).size, 0);

function findLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
