import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { type FleetAgent, signText } from "@/agent/simulated/fleet-agent";
import { SIGNATURE_HEADERS, signedText } from "@/contract/agents";
import { joinMessages } from "@/contract/messages";
import { MESSAGES_TYPE, MessagesAnswer } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";

export type PostPlan = { gatewayUrl: string; agent: FleetAgent; epoch: number; sequence: number };
export type PostAnswer = {
  status: number;
  verdicts: Map<number, string>;
  retryAfterSeconds: number | null;
  /** Bytes of request and answer with their headers. */
  streamBytes: number;
};

/** Kept between requests, as an agent keeps its own; senders share few connections, as behind one proxy. */
const connections = new Agent({ keepAlive: true, maxSockets: 256 });

/** One signed request with messages, the way of agents that get no WebSocket through. @throws when no answer came */
export function postMessages(plan: PostPlan, messages: readonly Uint8Array[]): Promise<PostAnswer> {
  const body = Buffer.from(joinMessages(messages));
  const time = new Date().toISOString();
  const sequence = `${plan.epoch}.${plan.sequence}`;
  const text = signedText({
    method: "POST",
    path: GATEWAY_PATHS.push,
    keyId: plan.agent.id,
    sequence,
    time,
    bodySha256: createHash("sha256").update(body).digest("hex"),
  });
  const headers = {
    "content-type": MESSAGES_TYPE,
    "content-length": body.length,
    [SIGNATURE_HEADERS.keyId]: plan.agent.id,
    [SIGNATURE_HEADERS.sequence]: sequence,
    [SIGNATURE_HEADERS.time]: time,
    [SIGNATURE_HEADERS.signature]: signText(plan.agent, text),
  };
  return new Promise((resolve, reject) => {
    const url = `${plan.gatewayUrl}${GATEWAY_PATHS.push}`;
    const outgoing = request(url, { method: "POST", agent: connections, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const answerBody = Buffer.concat(parts);
        const isGood = response.statusCode === 200;
        const results = isGood ? MessagesAnswer.parse(JSON.parse(answerBody.toString("utf8"))).results : [];
        const retryAfter = Number(response.headers["retry-after"] ?? Number.NaN);
        resolve({
          status: response.statusCode ?? 0,
          verdicts: new Map(results.map(({ id, verdict }) => [id, verdict])),
          retryAfterSeconds: Number.isNaN(retryAfter) ? null : retryAfter,
          streamBytes: sizeOfHead(headers) + body.length + sizeOfHead(response.headers) + answerBody.length,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** A line each, and the first line with the host. */
function sizeOfHead(headers: Record<string, unknown>): number {
  const first = "POST /v1/agents/push HTTP/1.1\r\nhost: 127.0.0.1:65535\r\n\r\n".length;
  return Object.entries(headers).reduce((bytes, [name, value]) => bytes + `${name}: ${value}\r\n`.length, first);
}
