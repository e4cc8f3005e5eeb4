import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { SENDER_PATHS } from "@/contract/sender-paths";
import { retryAfterSeconds, SENDER_STATUS_OF } from "@/server/gateway/answer";
import type { ProvenSender } from "./authenticate-sender";
import type { SenderIntake } from "./intake";
import { encodeExportResponse, encodeStatus, OTLP_CONTENT_TYPES, type OtlpEncoding } from "./otlp-answer";
import { decodeOtlpJson } from "./otlp-json";
import { decodeOtlpProtobuf } from "./otlp-protobuf";
import { samplesOfOtlp } from "./otlp-samples";
import { inflateGzip, readSenderBody } from "./read-body";
import { decodeRemoteWrite1 } from "./remote-write-1";
import { decodeRemoteWrite2 } from "./remote-write-2";
import { decoding, RequestError } from "./request-error";
import type { SenderRequest } from "./samples";
import { decodeSnappyBlock } from "./snappy-block";
import type { Stored } from "./store-samples";

export type SenderDoor = (
  intake: SenderIntake,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
) => Promise<void>;

/** The door at this path; null when it is none of the senders'. A door answers everything itself, failures too. */
export function senderDoor(path: string | undefined): SenderDoor | null {
  if (path === SENDER_PATHS.otlp) return otlpDoor;
  if (path === SENDER_PATHS.remoteWrite || path === SENDER_PATHS.remoteWriteAlias) return remoteWriteDoor;
  return null;
}

/** Refused before its body is read: too much is in work. The sender keeps its data and comes back. */
export function refuseSender(request: IncomingMessage, response: ServerResponse): void {
  const status = SENDER_STATUS_OF.unavailable;
  const message = "Too many requests at once; try again";
  const isOtlp = request.url?.split("?")[0] === SENDER_PATHS.otlp;
  const isProtobuf = mediaType(request.headers["content-type"]).type === OTLP_CONTENT_TYPES.protobuf;
  const encoding: OtlpEncoding = isProtobuf ? "protobuf" : "json";
  const body = isOtlp ? encodeStatus(encoding, "unavailable", message) : Buffer.from(message);
  const type = isOtlp ? OTLP_CONTENT_TYPES[encoding] : "text/plain; charset=utf-8";
  send(response, status, body, { "content-type": type, ...retryHeaders(status) });
}

/** Parts of a content type: media type and parameters, in lower case. */
function mediaType(header: string | undefined): { type: string; parameters: Map<string, string> } {
  const [type = "", ...rest] = (header ?? "").split(";").map((part) => part.trim());
  const parameters = rest.map((part): [string, string] => {
    const [name = "", value = ""] = part.split("=", 2);
    return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, "")];
  });
  return { type: type.toLowerCase(), parameters: new Map(parameters) };
}

function send(response: ServerResponse, status: number, body: Buffer, headers: Record<string, string | number>): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "cache-control": "no-store", "content-length": body.length, ...headers });
  response.end(body);
}

/** Headers of an answer that asks to come back. */
function retryHeaders(status: number): Record<string, string | number> {
  if (status === 429) return { "retry-after": retryAfterSeconds() };
  // The rest of a body that nobody will read must not block the connection.
  return status === 503 ? { "retry-after": retryAfterSeconds(), connection: "close" } : {};
}

/** Does the work of a request whose sender is known; what is refused of it is noted for people. */
async function withNotes(
  intake: SenderIntake,
  request: IncomingMessage,
  work: (sender: ProvenSender, received: Received) => Promise<SenderRequest>,
): Promise<void> {
  assertPost(request);
  const received = { at: new Date(), agent: request.headers["user-agent"] ?? "" };
  const sender = await intake.authenticate(request.headers.authorization);
  try {
    const { rejected, rejection } = await work(sender, received);
    if (rejected > 0) intake.noteProblem(sender, `${rejected} samples: ${rejection}`, received);
  } catch (error) {
    if (error instanceof RequestError) intake.noteProblem(sender, error.message, received);
    throw error;
  }
}

type Received = { at: Date; agent: string };

/** What is not known to be the sender's fault is "unavailable", so that it keeps its data and tries again. */
function problemOf(error: unknown, request: IncomingMessage, log: Logger): RequestError {
  if (error instanceof RequestError) return error;
  const requestId = randomUUID();
  log.error({ requestId, path: request.url?.split("?")[0], err: error }, "request of a sender failed");
  return new RequestError("unavailable", `This request could not be stored; try again (${requestId})`);
}

/** Why samples were kept out although nothing is wrong with them. */
function unknownSiteText(stored: Stored): string | null {
  const [first] = stored.unknownSites;
  if (!first) return null;
  const [name, count] = first;
  const others = stored.unknownSites.size > 1 ? ` and ${stored.unknownSites.size - 1} other names` : "";
  return `kept out ${count} samples of the site "${name}"${others}: there is no site of this name`;
}

const countUnknownSites = (stored: Stored): number =>
  [...stored.unknownSites.values()].reduce((total, count) => total + count, 0);

/** `POST /v1/metrics`: OTLP over HTTP, answered in the encoding of the request. */
const otlpDoor: SenderDoor = async (intake, request, response, log) => {
  const { type } = mediaType(request.headers["content-type"]);
  // An encoding that is none of ours is answered in the one that people can read.
  const encoding: OtlpEncoding = type === OTLP_CONTENT_TYPES.protobuf ? "protobuf" : "json";
  const headers = { "content-type": OTLP_CONTENT_TYPES[encoding] };
  try {
    await withNotes(intake, request, async (sender, received) => {
      const samples = await readOtlp(intake, request, type, sender.id);
      const stored = await intake.store(sender, samples, received);
      const rejected = samples.rejected + countUnknownSites(stored);
      const message = [samples.rejection, unknownSiteText(stored)].filter(Boolean).join("; ") || null;
      send(response, SENDER_STATUS_OF.otlp_stored, encodeExportResponse(encoding, rejected, message), headers);
      return samples;
    });
  } catch (error) {
    const { problem, message } = problemOf(error, request, log);
    const status = SENDER_STATUS_OF[problem];
    send(response, status, encodeStatus(encoding, problem, message), { ...headers, ...retryHeaders(status) });
  }
};

function assertPost(request: IncomingMessage): void {
  if (request.method !== "POST") throw new RequestError("method_not_allowed", "Expected POST");
}

async function readOtlp(
  intake: SenderIntake,
  request: IncomingMessage,
  type: string,
  scope: string,
): Promise<SenderRequest> {
  const packing = request.headers["content-encoding"] ?? "identity";
  if (type !== OTLP_CONTENT_TYPES.protobuf && type !== OTLP_CONTENT_TYPES.json) {
    throw new RequestError("wrong_type", "Expected content-type application/x-protobuf or application/json");
  }
  if (packing !== "gzip" && packing !== "identity") {
    throw new RequestError("wrong_type", "Expected content-encoding gzip, or none");
  }
  const sent = await readSenderBody(request, intake.bytesMax);
  const body = packing === "gzip" ? await inflateGzip(sent, intake.bytesMax) : sent;
  const message =
    type === OTLP_CONTENT_TYPES.protobuf
      ? decoding("OTLP protobuf", () => decodeOtlpProtobuf(body))
      : decoding("OTLP JSON", () => decodeOtlpJson(parseJson(body)));
  return samplesOfOtlp(message, scope, intake.cache);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new RequestError("malformed", "The body is not valid JSON");
  }
}

const REMOTE_WRITE_2 = "io.prometheus.write.v2.Request";
const REMOTE_WRITE_1 = "prometheus.WriteRequest";
const WRITTEN = "x-prometheus-remote-write";

/** `POST /api/v1/write`: Prometheus remote write 1.0 and 2.0. */
const remoteWriteDoor: SenderDoor = async (intake, request, response, log) => {
  try {
    await withNotes(intake, request, async (sender, received) => {
      const version = remoteWriteVersion(request);
      const sent = await readSenderBody(request, intake.bytesMax);
      const body = await decodeSnappyBlock(sent, intake.bytesMax);
      const decode = version === 2 ? decodeRemoteWrite2 : decodeRemoteWrite1;
      const samples = decoding(`remote write ${version}.0`, () => decode(body, sender.id, intake.cache));
      const stored = await intake.store(sender, samples, received);
      const status = samples.rejected > 0 ? SENDER_STATUS_OF.some_invalid : SENDER_STATUS_OF.remote_write_stored;
      const text = samples.rejected > 0 ? `${samples.rejected} samples were not stored: ${samples.rejection}` : "";
      send(response, status, Buffer.from(text), {
        ...(version === 2 ? writtenHeaders(samples, countUnknownSites(stored)) : {}),
        ...(text ? { "content-type": "text/plain; charset=utf-8" } : {}),
      });
      return samples;
    });
  } catch (error) {
    const { problem, message } = problemOf(error, request, log);
    const status = SENDER_STATUS_OF[problem];
    const headers = { "content-type": "text/plain; charset=utf-8", ...retryHeaders(status) };
    send(response, status, Buffer.from(message), headers);
  }
};

/** @throws RequestError wrong_type */
function remoteWriteVersion(request: IncomingMessage): 1 | 2 {
  const { type, parameters } = mediaType(request.headers["content-type"]);
  if (type !== "application/x-protobuf") {
    throw new RequestError("wrong_type", "Expected content-type application/x-protobuf");
  }
  const message = parameters.get("proto") ?? REMOTE_WRITE_1;
  if (message !== REMOTE_WRITE_1 && message !== REMOTE_WRITE_2) {
    throw new RequestError("wrong_type", `Expected proto=${REMOTE_WRITE_1} or proto=${REMOTE_WRITE_2}`);
  }
  if ((request.headers["content-encoding"] ?? "snappy") !== "snappy") {
    throw new RequestError("wrong_type", "Expected content-encoding snappy, in the block format");
  }
  return message === REMOTE_WRITE_2 ? 2 : 1;
}

/** How much of what came was taken; what came and is kept nowhere (exemplars) counts nothing. */
function writtenHeaders(request: SenderRequest, keptOut: number): Record<string, number> {
  const { samples, untimely, staleMarkers, histograms } = request;
  const plain = samples.filter(({ isPart }) => !isPart).length;
  return {
    [`${WRITTEN}-samples-written`]: Math.max(0, plain - untimely.samples + staleMarkers - keptOut),
    [`${WRITTEN}-histograms-written`]: Math.max(0, histograms - untimely.parts / 2),
    [`${WRITTEN}-exemplars-written`]: 0,
  };
}
