import { TRPCError } from "@trpc/server";
import { describe, expect, test, vi } from "vitest";
import type { Caller } from "./access/caller";
import type { Permission } from "./access/model";
import { DomainError } from "./errors";
import { log } from "./log";
import { createCallerFactory, procedureFor, router } from "./trpc";

// The session cookie is the library's matter; here only what comes after it counts.
vi.mock("./context", () => ({ createContext: async () => ({ caller: null }) }));
const { handleInvitationRequest, handleTrpcRequest, isFromHere } = await import("./http");

const request = (path: string, headers: Record<string, string> = {}, body?: string) =>
  new Request(`http://console.test${path}`, {
    headers: { host: "console.test", ...headers },
    ...(body === undefined ? {} : { method: "POST", body }),
  });

describe("a request", () => {
  test.each<[string, Record<string, string>, boolean]>([
    ["of the page itself", { "sec-fetch-site": "same-origin" }, true],
    ["typed by a person", { "sec-fetch-site": "none" }, true],
    ["of another site", { "sec-fetch-site": "cross-site" }, false],
    ["of a sister domain", { "sec-fetch-site": "same-site" }, false],
    [
      "of another site that also names a right origin",
      { "sec-fetch-site": "cross-site", origin: "http://console.test" },
      false,
    ],
    ["of an old browser with the right origin", { origin: "http://console.test" }, true],
    ["of an old browser with another origin", { origin: "http://evil.test" }, false],
    ["of an old browser with another port", { origin: "http://console.test:81" }, false],
    ["of a sandboxed frame", { origin: "null" }, false],
    ["with neither header", {}, true],
  ])("%s comes from here: see table", (_title, headers, expected) => {
    expect(isFromHere(request("/api/trpc/fleet.overview", headers))).toBe(expected);
  });

  test("from another site is refused at every door before anything is looked at", async () => {
    const foreign = { "sec-fetch-site": "cross-site" };
    expect((await handleTrpcRequest(request("/api/trpc/fleet.overview", foreign))).status).toBe(403);
    expect((await handleInvitationRequest(request("/api/invitation", foreign, "{}"))).status).toBe(403);
  });

  const batch = (names: string) => request(`/api/trpc/${names}?batch=1`);
  test("with ten procedures is answered, with eleven it is refused, also when the commas are written as %2C", async () => {
    const names = (count: number, comma: string) => Array(count).fill("fleet.overview").join(comma);
    expect((await handleTrpcRequest(batch(names(10, ",")))).status).toBe(401);
    expect((await handleTrpcRequest(batch(names(10, "%2C")))).status).toBe(401);
    expect((await handleTrpcRequest(batch(names(11, ",")))).status).toBe(400);
    expect((await handleTrpcRequest(batch(names(11, "%2C")))).status).toBe(400);
  });

  test("that announces more than 256 KiB is refused", async () => {
    const headers = { "content-length": String(256 * 1024 + 1), "content-type": "application/json" };
    expect((await handleTrpcRequest(request("/api/trpc/fleet.sites.create", headers, "{}"))).status).toBe(413);
  });

  test("for a change must be a POST", async () => {
    expect((await handleTrpcRequest(request("/api/trpc/access.sessions.end"))).status).toBe(405);
  });

  test("without a session is answered 401 with the reason, and never from a cache", async () => {
    const response = await handleTrpcRequest(request("/api/trpc/fleet.overview"));
    expect([response.status, response.headers.get("cache-control")]).toEqual([401, "no-store"]);
    const body = await response.json();
    expect(body.error.json).toMatchObject({
      message: "unauthenticated",
      data: { code: "UNAUTHORIZED", reason: "unauthenticated", values: {}, requestId: null },
    });
  });

  test.each(["", "null", "{}", '{"token":"fbi_short"}', "[1"])("with %j is no invitation", async (text) => {
    const response = await handleInvitationRequest(request("/api/invitation", {}, text));
    expect([response.status, await response.json()]).toEqual([404, { reason: "invitation_ended" }]);
  });
});

describe("the one error map", () => {
  const caller = { role: "owner", scope: { kind: "all" } } as Caller;
  const failing = (error: unknown, permission: Permission = "fleet:read") =>
    createCallerFactory(
      router({
        fail: procedureFor(permission).query(() => {
          throw error;
        }),
      }),
    );
  const errorOf = async (error: unknown) => {
    const result = await failing(error)({ caller })
      .fail()
      .catch((caught: unknown) => caught);
    if (!(result instanceof TRPCError)) throw new Error("no TRPCError");
    return result;
  };

  test.each([
    ["unauthenticated", "UNAUTHORIZED"],
    ["denied", "FORBIDDEN"],
    ["not_found", "NOT_FOUND"],
    ["conflict", "CONFLICT"],
    ["invalid", "BAD_REQUEST"],
    ["rate_limited", "TOO_MANY_REQUESTS"],
    ["unavailable", "SERVICE_UNAVAILABLE"],
  ] as const)("gives %s its code %s and keeps reason and values", async (code, expected) => {
    const error = await errorOf(new DomainError(code, "some_reason", { seconds: 5 }));
    expect(error).toMatchObject({ code: expected, message: "some_reason", cause: { values: { seconds: 5 } } });
  });

  test("hides the text of what nobody expected, and names one request id to the log and to the screen", async () => {
    const logged = vi.spyOn(log, "error").mockImplementation(() => undefined);
    const error = await errorOf(new Error("password=hunter2 at 10.0.0.1"));
    const [fields] = logged.mock.calls[0] ?? [];
    logged.mockRestore();
    expect(error).toMatchObject({ code: "INTERNAL_SERVER_ERROR", message: "unexpected" });
    const requestId = (error.cause as { requestId?: string }).requestId;
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(fields).toMatchObject({ requestId, path: "fail", err: { message: "password=hunter2 at 10.0.0.1" } });
    expect(JSON.stringify({ ...error, cause: { ...(error.cause as object) } })).not.toContain("hunter2");
  });

  test("refuses before the resolver runs when the permission is missing", async () => {
    const viewer = { ...caller, role: "viewer" } as Caller;
    const result = failing(new Error("the resolver ran"), "access:manage")({ caller: viewer }).fail();
    await expect(result).rejects.toMatchObject({ code: "FORBIDDEN", message: "denied" });
  });
});

test("the live stream tells proxies to pass it on as it comes, unchanged and unkept", async () => {
  const abort = new AbortController();
  const response = await handleTrpcRequest(
    new Request("http://console.test/api/trpc/fleet.updates", {
      headers: { accept: "text/event-stream", "sec-fetch-site": "same-origin" },
      signal: abort.signal,
    }),
  );
  abort.abort();
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  const cacheControl = response.headers.get("cache-control")?.split(", ");
  expect(cacheControl).toEqual(expect.arrayContaining(["no-cache", "no-transform", "no-store"]));
});
