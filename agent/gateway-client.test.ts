import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { describeFailure, GatewayClient } from "./gateway-client";
import { FakeGateway } from "./testing/fake-gateway";
import { makeSelfSigned } from "./testing/self-signed";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer ?? (() => undefined));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
function clientOf(url: string, limits?: { idleMilliseconds: number; requestMilliseconds: number }): GatewayClient {
  const client = new GatewayClient(url, limits);
  cleanups.push(() => client.close());
  return client;
}
const push = { path: "/v1/agents/push", body: Buffer.from("{}"), headers: {} };

describe("the way to the gateway", () => {
  test("keeps one connection for many requests, and a path before the gateway's own", async () => {
    const ports = new Set<number | undefined>();
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      paths.push(request.url);
      request.resume().on("end", () => response.end("{}"));
    });
    const client = clientOf(`${url}/edge`);
    for (let count = 0; count < 3; count += 1) await client.post(push);
    expect(ports.size).toBe(1);
    expect(paths).toEqual(Array.from({ length: 3 }, () => "/edge/v1/agents/push"));
  });

  test("a kept connection that the other side has closed meanwhile is replaced without a failure", async () => {
    const requestsOf = new Map<unknown, number>();
    const bodies: string[] = [];
    const url = await serve((request, response) => {
      const count = (requestsOf.get(request.socket) ?? 0) + 1;
      requestsOf.set(request.socket, count);
      if (count > 1) return void request.socket.destroy();
      request.on("data", (chunk: Buffer) => bodies.push(chunk.toString()));
      request.on("end", () => response.end("{}"));
    });
    const client = clientOf(url);
    for (const body of ["1", "2", "3"]) {
      expect((await client.post({ ...push, body: Buffer.from(body) })).status).toBe(200);
    }
    expect(bodies).toEqual(["1", "2", "3"]);
    expect(requestsOf.size).toBe(3);
  });

  test("a new connection that is cut off is a failure at once, not an endless repetition", async () => {
    let connections = 0;
    const url = await serve((request) => {
      connections += 1;
      request.socket.destroy();
    });
    await expect(clientOf(url).post(push)).rejects.toThrow(/hang up/);
    expect(connections).toBe(1);
  });

  test("a certificate that nobody vouches for is refused before a byte of the batch leaves", async () => {
    const gateway = new FakeGateway(makeSelfSigned());
    await gateway.start();
    cleanups.push(() => void gateway.stop());
    await expect(clientOf(gateway.url).post(push)).rejects.toThrow(/self-signed certificate/);
    expect(gateway.frames).toEqual([]);
  });

  test("an answer that trickles without end is given up after the time limit", async () => {
    const url = await serve((_, response) => {
      const timer = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(timer));
    });
    const client = clientOf(url, { idleMilliseconds: 5_000, requestMilliseconds: 100 });
    await expect(client.post(push)).rejects.toThrow(/abort/i);
  });

  test("an answer cut off in its middle is a failure, not an answer", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write('{"acknowledged":');
      setImmediate(() => response.destroy());
    });
    await expect(clientOf(url).post(push)).rejects.toThrow(/aborted|hang up/);
  });

  test.each([
    ["120", 120],
    ["Wed, 21 Oct 2026 07:28:00 GMT", null],
    ["-5", null],
    ["", null],
  ])("Retry-After %j reads as %j seconds", async (header, seconds) => {
    const url = await serve((_, response) => response.writeHead(503, { "retry-after": header }).end());
    expect((await clientOf(url).post(push)).retryAfterSeconds).toBe(seconds);
  });

  test("a failure is told in one line, with the reason inside an empty AggregateError", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED ::1:1"), { code: "ECONNREFUSED" });
    const both = Object.assign(new AggregateError([refused], ""), { code: "ECONNREFUSED" });
    expect(describeFailure(both)).toBe("connect ECONNREFUSED ::1:1");
    expect(describeFailure("text")).toBe("text");
  });
});
