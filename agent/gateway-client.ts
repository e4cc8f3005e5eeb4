import * as http from "node:http";
import * as https from "node:https";
import * as z from "zod";
import { GatewayError, type GatewayErrorCode } from "@/contract/telemetry";
import { throughProxy } from "./proxy";
import { AGENT_VERSION } from "./version";

/** A thin link may need minutes for a body; silence on the line for that long means that nobody is there. */
const IDLE_MILLISECONDS_MAX = 60_000;
const REQUEST_MILLISECONDS_MAX = 300_000;
/** No answer of a gateway is near this size; what is larger is somebody else's page. */
const ANSWER_BYTES_MAX = 64 * 1024;

export type GatewayAnswer = {
  status: number;
  /** Parsed JSON; null when the body is none. */
  body: unknown;
  /** Set when the body is an error of a Fernblick gateway, and not of something between. */
  error: { code: GatewayErrorCode; message: string } | null;
  retryAfterSeconds: number | null;
};

type PostRequest = {
  path: string;
  body: Buffer;
  headers: Record<string, string>;
  signal?: AbortSignal;
};

/** The one way to the gateway: posts, over one kept connection, through a proxy where one is named. Follows no redirects and opens no port. */
export class GatewayClient {
  readonly #base: URL;
  readonly #module: typeof http | typeof https;
  readonly #connections: http.Agent;
  readonly #limits: { idleMilliseconds: number; requestMilliseconds: number };

  /**
   * @param gateway for example `https://fernblick.example.org:4318`
   * @throws ConfigError for a proxy that cannot be one
   */
  constructor(
    gateway: string,
    limits = { idleMilliseconds: IDLE_MILLISECONDS_MAX, requestMilliseconds: REQUEST_MILLISECONDS_MAX },
  ) {
    this.#base = new URL(gateway);
    this.#limits = limits;
    this.#module = this.#base.protocol === "https:" ? https : http;
    this.#connections =
      throughProxy(gateway, 1) ?? new this.#module.Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 30_000 });
  }

  /** @throws Error when no whole answer came: refused, cut off, too slow, too large, stopped */
  async post({ path, body, headers, signal }: PostRequest): Promise<GatewayAnswer> {
    const deadline = AbortSignal.timeout(this.#limits.requestMilliseconds);
    const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
    const response = await this.#send(path, body, headers, stop);
    return answerOf(response.statusCode ?? 0, response.headers["retry-after"], await readAnswer(response));
  }

  close(): void {
    this.#connections.destroy();
  }

  #send(
    path: string,
    body: Buffer,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#module.request(this.#base.origin + this.#base.pathname.replace(/\/$/, "") + path, {
        method: "POST",
        agent: this.#connections,
        signal,
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          "user-agent": `fernblick-agent/${AGENT_VERSION}`,
          ...headers,
        },
      });
      request.setTimeout(this.#limits.idleMilliseconds, () => {
        request.destroy(new Error(`no answer within ${this.#limits.idleMilliseconds / 1000} s`));
      });
      let isAnswered = false;
      request.once("response", (response) => {
        isAnswered = true;
        resolve(response);
      });
      request.once("error", (error) => {
        // Balancers close idle connections as we send (often after 60 s); the other side takes a repetition as one.
        if (request.reusedSocket && !isAnswered && isCutOff(error)) resolve(this.#send(path, body, headers, signal));
        else reject(error);
      });
      request.end(body);
    });
  }
}

/** The other side closed the connection (errors of Node's `http` and of write(2)). */
const isCutOff = (error: NodeJS.ErrnoException): boolean => ["ECONNRESET", "EPIPE"].includes(error.code ?? "");

async function readAnswer(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      response.destroy();
      throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes: that is no gateway`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answerOf(status: number, retryAfter: string | undefined, bytes: Buffer): GatewayAnswer {
  let body: unknown = null;
  try {
    body = JSON.parse(bytes.toString("utf8"));
  } catch {
    // A page of a proxy: the status alone counts.
  }
  const failure = GatewayError.safeParse(body);
  return {
    status,
    body,
    error: failure.success ? failure.data.error : null,
    retryAfterSeconds: readRetryAfter(retryAfter),
  };
}

/** Seconds; the form with a date (RFC 9110, section 10.2.3) would need a right clock, which edges lack. */
function readRetryAfter(header: string | undefined): number | null {
  const seconds = z.coerce.number().int().min(0).max(86_400).safeParse(header);
  return header && seconds.success ? seconds.data : null;
}

/** What a failed request says to a person: the address and the reason, without a stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const [first] = error instanceof AggregateError ? error.errors : [];
  const words = error.message || (first instanceof Error ? first.message : "");
  return words.includes(code) ? words : [code, words].filter(Boolean).join(": ");
}
