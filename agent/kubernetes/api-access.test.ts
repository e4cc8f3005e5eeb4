import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { answerJson, answerStatus, type FakeApiServer, startFakeApiServer } from "@/agent/testing/fake-api-server";
import { AccessError } from "./access-error";
import { ApiAccess } from "./api-access";
import { ApiClient, type ApiError } from "./api-client";

const signal = new AbortController().signal;
const ask = (access: ApiAccess) => new ApiClient(access).document({ path: "/version", silenceMs: 5000, signal });

describe("signing in to a cluster", () => {
  let server: FakeApiServer;
  let access: ApiAccess | undefined;

  afterEach(async () => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    access?.close();
    await server?.close();
  });

  const tokens = () => server.asked.map(({ headers }) => headers.authorization);

  /** A sign-in program that numbers its answers and writes down what it was told. */
  function signInProgram(script: string): object {
    const path = join(server.folder, "sign-in");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    const apiVersion = "client.authentication.k8s.io/v1";
    return { exec: { apiVersion, command: path, args: ["x"], env: [{ name: "GREETING", value: "hello" }] } };
  }

  const counting = () =>
    signInProgram(
      `echo x >> ${server.folder}/runs; n=$(wc -l < ${server.folder}/runs | tr -d ' ')
       echo "$GREETING $KUBERNETES_EXEC_INFO" > ${server.folder}/told
       echo "{\\"status\\":{\\"token\\":\\"token-$n\\"}}"`,
    );

  it("with the service account of a pod sends its token, and the new one when the kubelet has renewed it", async () => {
    server = await startFakeApiServer((_path, _query, response) => answerJson(response, {}));
    const folder = join(server.folder, "var/run/secrets/kubernetes.io/serviceaccount");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "token"), "first\n");
    writeFileSync(join(folder, "ca.crt"), "");
    writeFileSync(join(folder, "namespace"), "fernblick");
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    vi.stubEnv("KUBERNETES_SERVICE_PORT", new URL(server.url).port);
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    access = await ApiAccess.open(null, server.folder);
    // The fake has no TLS; what is asked here is the header.
    expect(access.server.protocol).toBe("https:");
    expect((await access.credentials()).headers).toEqual({ Authorization: "Bearer first" });
    writeFileSync(join(folder, "token"), "second\n");
    expect((await access.credentials()).headers).toEqual({ Authorization: "Bearer first" });
    vi.advanceTimersByTime(61_000);
    expect((await access.credentials()).headers).toEqual({ Authorization: "Bearer second" });
  });

  it("says what to do where there is neither a pod nor a kubeconfig", async () => {
    server = await startFakeApiServer(() => {});
    vi.stubEnv("KUBERNETES_SERVICE_HOST", undefined);
    await expect(ApiAccess.open(null, server.folder)).rejects.toThrow(AccessError);
    await expect(ApiAccess.open(join(server.folder, "none"))).rejects.toThrow(/none cannot be read/);
    const path = join(server.folder, "empty");
    writeFileSync(path, "{}");
    await expect(ApiAccess.open(path)).rejects.toThrow(AccessError);
  });

  it("asks a sign-in program once for many requests, tells it that nobody can be asked", async () => {
    server = await startFakeApiServer((_path, _query, response) => answerJson(response, {}));
    access = await ApiAccess.open(server.kubeconfig(counting()));
    for (let count = 0; count < 5; count++) await ask(access);
    expect(tokens()).toEqual(Array(5).fill("Bearer token-1"));
    const told = readFileSync(join(server.folder, "told"), "utf8");
    expect(told).toMatch(/^hello /);
    expect(JSON.parse(told.slice(6))).toMatchObject({ kind: "ExecCredential", spec: { interactive: false } });
  });

  it("asks the sign-in program again when the server does not take what it gave", async () => {
    server = await startFakeApiServer((_path, _query, response, request) => {
      if (request.headers.authorization === "Bearer token-1") answerStatus(response, 401, "Unauthorized");
      else answerJson(response, {});
    });
    access = await ApiAccess.open(server.kubeconfig(counting()));
    await expect(ask(access)).rejects.toMatchObject({ status: 401 } satisfies Partial<ApiError>);
    await ask(access);
    expect(tokens()).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  it("gives the words of a sign-in program that fails, and asks it again the next time", async () => {
    server = await startFakeApiServer((_path, _query, response) => answerJson(response, {}));
    access = await ApiAccess.open(server.kubeconfig(signInProgram('echo "session expired" >&2; exit 3')));
    await expect(ask(access)).rejects.toThrow(/signing in to the cluster failed: session expired/);
    signInProgram('echo \'{"status":{"token":"good"}}\'');
    await ask(access);
    expect(tokens()).toEqual(["Bearer good"]);
  });

  it("gives up a server that does not answer", async () => {
    server = await startFakeApiServer(() => {});
    access = await ApiAccess.open(server.kubeconfig());
    const client = new ApiClient(access);
    await expect(client.get({ path: "/api", silenceMs: 50, signal })).rejects.toThrow("silent for 0.05 s");
  });

  it("shows the reason that the server gives, and of a page of something between only the status", async () => {
    server = await startFakeApiServer((path, _query, response) => {
      if (path === "/api") return answerStatus(response, 403, "nodes is forbidden", { "retry-after": "7" });
      response.writeHead(502);
      response.end("<html>bad gateway</html>");
    });
    access = await ApiAccess.open(server.kubeconfig());
    const client = new ApiClient(access);
    const failure = await client.get({ path: "/api", silenceMs: 5000, signal }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 403, message: "403: nodes is forbidden", retryAfterMs: 7000 });
    await expect(client.get({ path: "/x", silenceMs: 5000, signal })).rejects.toMatchObject({ message: "502" });
  });
});
