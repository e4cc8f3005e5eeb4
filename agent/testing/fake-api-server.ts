import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type FakeApiServer = {
  url: string;
  folder: string;
  /** Path, query and headers of what was asked, in order. */
  asked: { path: string; query: URLSearchParams; headers: IncomingMessage["headers"] }[];
  /** Writes a kubeconfig for it. @param user as in a kubeconfig */
  kubeconfig(user?: object): string;
  close(): Promise<void>;
};

export type Answer = (path: string, query: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void;

/** A server that answers as the API server would, or would not: for what a real one cannot be made to do. */
export async function startFakeApiServer(answer: Answer): Promise<FakeApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "fernblick-api-"));
  const asked: FakeApiServer["asked"] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
    asked.push({ path: pathname, query: searchParams, headers: request.headers });
    answer(pathname, searchParams, response, request);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the fake API server has no port");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    folder,
    asked,
    kubeconfig: (user = {}) => {
      const path = join(folder, "kubeconfig");
      const config = {
        "current-context": "fake",
        // Without it the client refuses a server without TLS.
        clusters: [{ name: "fake", cluster: { server: url, "insecure-skip-tls-verify": true } }],
        users: [{ name: "fake", user }],
        contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
      };
      writeFileSync(path, JSON.stringify(config));
      return path;
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
        rmSync(folder, { recursive: true, force: true });
      }),
  };
}

export function answerJson(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** An error as the API server writes it (meta/v1, Status). */
export function answerStatus(
  response: ServerResponse,
  code: number,
  message = "",
  headers: Record<string, string> = {},
) {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ kind: "Status", status: "Failure", code, message }));
}
