import * as http from "node:http";
import * as https from "node:https";
import { AGENT_VERSION } from "@/agent/version";
import type { ApiAccess } from "./api-access";

/** An answer that is one document: discovery of a cluster with a thousand kinds is about 1 MB. */
const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;
const ERROR_BYTES_MAX = 64 * 1024;
/** The kernel then asks whether the other side is still there. */
const KEEP_ALIVE_MS = 30_000;

/** The API server answered, and it was no. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor(status: number, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export type ApiRequest = {
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  accept?: string;
  headers?: Record<string, string>;
  /** Nothing arrives for so long: nobody is there. */
  silenceMs: number;
  /** …and so long once the answer has begun, where that is another time. */
  silenceWithinMs?: number;
  signal: AbortSignal;
};

/** The one way to the API server: GET. There is no other verb in it. */
export class ApiClient {
  readonly #access: ApiAccess;

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  /** @throws ApiError for every status but 200 and 304; Error when no answer came; AccessError */
  async get({
    path,
    query = {},
    accept = "application/json",
    headers,
    silenceMs,
    silenceWithinMs = silenceMs,
    signal,
  }: ApiRequest) {
    const url = new URL(this.#access.server.href.replace(/\/$/, "") + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const credentials = await this.#access.credentials();
    signal.throwIfAborted();
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === "http:" ? http : https).request(url, {
        ...credentials,
        headers: { ...credentials.headers, ...headers, accept, "user-agent": `fernblick-agent/${AGENT_VERSION}` },
        signal,
      });
      let limitMs = silenceMs;
      request.setTimeout(silenceMs, () => {
        request.destroy(new Error(`the API server was silent for ${limitMs / 1000} s`));
      });
      request.once("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
      request.once("response", (response) => {
        limitMs = silenceWithinMs;
        request.setTimeout(silenceWithinMs);
        resolve(response);
      });
      request.once("error", reject);
      request.end();
    });
    const { statusCode = 0 } = response;
    if (statusCode === 200 || statusCode === 304) return response;
    if (statusCode === 401) this.#access.forget();
    throw await readError(response);
  }

  /** One whole document, with the headers that came with it. @throws as `get`, and SyntaxError */
  async document(request: ApiRequest): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: unknown }> {
    const response = await this.get(request);
    const bytes = await readAll(response, DOCUMENT_BYTES_MAX);
    const { statusCode: status = 0, headers } = response;
    return { status, headers, body: bytes.length > 0 ? JSON.parse(bytes.toString("utf8")) : null };
  }
}

async function readError(response: http.IncomingMessage): Promise<ApiError> {
  const { statusCode = 0 } = response;
  const retryAfter = Number(response.headers["retry-after"]);
  const retryAfterMs = Number.isFinite(retryAfter) && retryAfter >= 0 ? 1000 * retryAfter : null;
  let message = "";
  try {
    const body: unknown = JSON.parse((await readAll(response, ERROR_BYTES_MAX)).toString("utf8"));
    if (typeof body === "object" && body && "message" in body) message = String(body.message);
  } catch {
    // A page of a proxy: the status alone counts.
  }
  return new ApiError(statusCode, `${statusCode}${message ? `: ${message.slice(0, 300)}` : ""}`, retryAfterMs);
}

async function readAll(response: http.IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      response.destroy();
      throw new Error(`an answer of more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
