import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConfigError } from "./config";
import type { AgentEngine } from "./engine";
import { GatewayClient } from "./gateway-client";
import { findProxy } from "./proxy";
import { openWebSocket } from "./session/websocket-connection";
import { ConnectProxy } from "./testing/connect-proxy";
import { FakeGateway } from "./testing/fake-gateway";
import { makeSelfSigned } from "./testing/self-signed";

const NAMES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
beforeEach(() => {
  for (const name of NAMES) for (const spelled of [name, name.toLowerCase()]) vi.stubEnv(spelled, "");
});
afterEach(() => vi.unstubAllEnvs());

describe("the proxy that is taken", () => {
  test.each([
    ["none where none is named", {}, "https://fern.example:4318", null],
    ["the one for https", { HTTPS_PROXY: "http://way.example:3128" }, "https://fern.example", "way.example:3128"],
    ["in small letters", { https_proxy: "http://way.example:3128" }, "https://fern.example", "way.example:3128"],
    ["not the one for https for http", { HTTPS_PROXY: "http://way.example:3128" }, "http://fern.example", null],
    ["the one for all", { ALL_PROXY: "http://way.example:8080" }, "http://fern.example", "way.example:8080"],
    ["without a scheme", { HTTPS_PROXY: "way.example:3128" }, "https://fern.example", "way.example:3128"],
    [
      "none for an excepted name",
      { HTTPS_PROXY: "http://w.example:1", NO_PROXY: "a.example,.fern.example" },
      "https://x.fern.example",
      null,
    ],
    [
      "none for an excepted port",
      { HTTPS_PROXY: "http://w.example:1", no_proxy: "fern.example:4318" },
      "https://fern.example:4318",
      null,
    ],
    [
      "the proxy for another port",
      { HTTPS_PROXY: "http://w.example:1", NO_PROXY: "fern.example:443" },
      "https://fern.example:4318",
      "w.example:1",
    ],
    ["none for this machine", { ALL_PROXY: "http://w.example:1" }, "http://localhost:4318", null],
    ["none for this machine's address", { ALL_PROXY: "http://w.example:1" }, "https://127.1.2.3:4318", null],
    ["none for this machine's IPv6 address", { ALL_PROXY: "http://w.example:1" }, "https://[::1]:4318", null],
  ])("%s", (_, variables: Record<string, string>, gateway, expected) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(findProxy(gateway)?.host ?? null).toBe(expected);
  });

  test.each(["socks5://way.example:1080", "http://"])("%s is refused in one line that shows no password", (value) => {
    vi.stubEnv("HTTPS_PROXY", value.replace("//", "//inga:secret@"));
    const refused = () => findProxy("https://fern.example");
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(/^HTTPS_PROXY: found ".*"; expected http:\/\/host:port$/);
    expect(refused).not.toThrow(/secret/);
  });
});

describe("a gateway behind a proxy", () => {
  let gateway: FakeGateway;
  let proxy: ConnectProxy;
  let client: GatewayClient;
  const push = { path: "/v1/agents/push", body: Buffer.from("{}"), headers: {} };

  beforeEach(async () => {
    gateway = new FakeGateway(makeSelfSigned());
    proxy = new ConnectProxy();
    await Promise.all([gateway.start(), proxy.start()]);
    vi.stubEnv("HTTPS_PROXY", `http://inga:s%C3%A4geblatt@${proxy.place}`);
    client = new GatewayClient(`https://fern.example:${new URL(gateway.url).port}`);
  });
  afterEach(async () => {
    client.close();
    proxy.stop();
    await gateway.stop();
  });

  test("is asked for by its name, with the credentials of the address, and its certificate still has to fit", async () => {
    await expect(client.post(push)).rejects.toThrow(/self-signed certificate/);
    expect(proxy.targets).toEqual([`fern.example:${new URL(gateway.url).port}`]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from("inga:sägeblatt").toString("base64")}`]);
  });

  test("that the proxy does not let one reach: its answer is told, and nothing is taken for a gateway's", async () => {
    proxy.refusal = 407;
    const answer = await client.post(push);
    expect([answer.status, answer.error]).toEqual([407, null]);
    expect(gateway.httpRequests).toBe(0);
  });
});

test("a proxy that takes the connection and never answers is given up, with its connection", async () => {
  const silent = createServer((socket) => {
    socket.resume().on("close", () => silent.emit("left"));
  });
  const left = once(silent, "left");
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  const reasons: string[] = [];
  const engine = { closed: (reason: string) => reasons.push(reason) } as unknown as AgentEngine;
  expect(await openWebSocket("https://fern.example", engine, 50)).toBe("failed");
  expect(reasons).toEqual(["nothing answered within 0.1 s"]);
  await left;
  silent.close();
});
