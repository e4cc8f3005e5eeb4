import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { makeSelfSigned } from "@/agent/testing/self-signed";
import { scrape } from "./scrape";

let server: Server | undefined;
afterEach(async () => {
  const ending = server;
  server = undefined;
  ending?.closeAllConnections();
  await new Promise<void>((done) => (ending ? ending.close(() => done()) : done()));
});

async function listen(answer: RequestListener, isSecure = false): Promise<URL> {
  const made = isSecure ? createSecureServer(makeSelfSigned(), answer) : createServer(answer);
  server = made;
  await new Promise<void>((done) => made.listen(0, "127.0.0.1", done));
  const { port } = made.address() as AddressInfo;
  return new URL(`${isSecure ? "https" : "http"}://127.0.0.1:${port}/metrics`);
}

const ask = (url: URL, limitMs = 5_000) => scrape(url, () => true, limitMs, new AbortController().signal);
const reasonOf = async (url: URL, limitMs?: number) => {
  const outcome = await ask(url, limitMs);
  return "unknown" in outcome ? outcome.unknown : outcome;
};

describe("a scrape", () => {
  it.each([false, true])(
    "reads what an endpoint says (over TLS: %s), and tells it nothing but what it wants",
    async (isSecure) => {
      const headers: unknown[] = [];
      const url = await listen((request, response) => {
        headers.push(request.headers);
        response.end("a 1\nb 2\n");
      }, isSecure);
      const outcome = await ask(url);
      expect("value" in outcome && outcome.value.samples.map(({ name, value }) => [name, value])).toEqual([
        ["a", 1],
        ["b", 2],
      ]);
      expect(headers).toEqual([
        {
          accept: "text/plain;version=0.0.4",
          "user-agent": expect.stringMatching(/^fernblick-agent\//),
          host: url.host,
          connection: "close",
        },
      ]);
    },
  );

  it.each<[string, RequestListener, string]>([
    ["an error", (_, response) => response.writeHead(500).end("a 1\n"), "answered 500"],
    [
      "a redirect, which is not followed",
      (_, response) => response.writeHead(302, { location: "/other" }).end(),
      "answered 302",
    ],
    ["a page", (_, response) => response.end("<html>\n"), "line 1 is no sample of the text format"],
    [
      "an answer without end",
      (_, response) => {
        response.on("error", () => {});
        const more = () => {
          if (!response.destroyed) response.write(`# ${"x".repeat(60_000)}\n`, more);
        };
        more();
      },
      "more than 8388608 bytes",
    ],
    [
      "an answer that breaks off between two lines",
      (_, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("a 1\n", () => response.destroy());
      },
      "aborted",
    ],
  ])("of %s is unknown, with the place and the reason", async (_, answer, reason) => {
    const url = await listen(answer);
    const told = await reasonOf(url);
    expect(told).toMatchObject({ code: "read_failed", detail: expect.stringContaining(`${url.href}: `) });
    expect(told).toMatchObject({ detail: expect.stringContaining(reason) });
  });

  it("that is not answered in time ends", async () => {
    const url = await listen((_, response) => response.write("a 1\n"));
    expect(await reasonOf(url, 100)).toEqual({
      code: "read_failed",
      detail: `${url.href}: no whole answer within 0.1 s`,
    });
  });

  it("of nobody is unknown, and shows no password", async () => {
    const url = await listen(() => {});
    server?.close();
    url.username = "reader";
    url.password = "secret";
    const told = await reasonOf(url);
    expect(told).toMatchObject({ code: "read_failed", detail: expect.stringContaining("ECONNREFUSED") });
    expect(JSON.stringify(told)).not.toContain("secret");
  });
});
