import type { IncomingMessage, ServerResponse } from "node:http";
import { SIGNATURE_HEADERS } from "@/contract/agents";
import { decodeMessage, splitMessages } from "@/contract/messages";
import { MESSAGES_BYTES_MAX, MESSAGES_TYPE, type MessagesAnswer } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import type { AgentDirectory } from "@/server/agents/agent-directory";
import { authenticateRequest, REFUSALS } from "@/server/agents/authenticate";
import type { Verdict } from "@/server/telemetry/commit-queue";
import { agentSettings } from "@/server/telemetry/link-settings";
import type { Admission } from "./admission";
import type { AgentLinks } from "./agent-links";
import { answerError, answerJson } from "./answer";
import { decoding, MessageError, type MessageIntake, type Sender } from "./message-intake";
import { readBody } from "./read-body";
import type { SessionNotes } from "./session-notes";

export type MessagesDoorParts = {
  admission: Admission;
  directory: AgentDirectory;
  links: AgentLinks;
  notes: SessionNotes;
  intake: MessageIntake;
  intervalSeconds: number;
};

type Result = MessagesAnswer["results"][number];
type Outcome = Verdict | "need_dictionary";

/**
 * `POST /v1/agents/push`: the messages of a session in one signed request, for agents whose WebSocket does not get
 * through. The answer leaves after the commit of everything in it, never before.
 */
export async function messagesDoor(
  parts: MessagesDoorParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const receivedAt = new Date();
  const { directory, links, notes, intake, intervalSeconds } = parts;
  const body = await readBody(request, { type: MESSAGES_TYPE, encodings: ["identity"], bytesMax: MESSAGES_BYTES_MAX });
  const signed = { method: "POST", path: GATEWAY_PATHS.push, headers: request.headers, body };
  const proof = await authenticateRequest(directory, signed);
  if ("code" in proof) return answerError(response, proof.code, proof.message);
  const { agent, epoch } = proof;
  const process = await notes.note(agent.orgId, { agentId: agent.id, epoch, bootId: null });
  if (process === "waits") return answerError(response, "agent_waiting", REFUSALS.agent_waiting.message);
  if (process === "refused") return answerError(response, "agent_revoked", REFUSALS.agent_revoked.message);

  const link = links.open(agent, receivedAt.getTime());
  link.clockOffsetSeconds = (receivedAt.getTime() - proof.sentAt.getTime()) / 1000;
  const messages = decoding(() => splitMessages(body));
  const outcomes = await Promise.all(messages.map((bytes) => take(intake, { link, receivedAt }, epoch, bytes)));

  const verdicts = outcomes.map(({ outcome }) => outcome);
  const refusal = verdicts.find((verdict) => typeof verdict === "object" && verdict.code === "agent_revoked");
  if (refusal) return answerError(response, "agent_revoked", REFUSALS.agent_revoked.message);
  const [first] = verdicts;
  if (typeof first === "object" && verdicts.every((verdict) => isLater(verdict))) {
    return answerError(response, first.code, first.message, { retryAfterSeconds: first.retryAfterSeconds });
  }
  const answer: MessagesAnswer = {
    time: new Date().toISOString(),
    settings: agentSettings(agent.link, intervalSeconds),
    results: outcomes.map(resultOf),
  };
  answerJson(response, 200, answer);
}

/** The agent that a request says to come from; nothing is proven yet. */
export function claimedAgent(request: IncomingMessage): string {
  return String(request.headers[SIGNATURE_HEADERS.keyId] ?? "");
}

const isLater = (outcome: Outcome) =>
  typeof outcome === "object" && (outcome.code === "unavailable" || outcome.code === "rate_limited");

function resultOf({ id, outcome }: { id: number; outcome: Outcome }): Result {
  if (typeof outcome === "string") return { id, verdict: outcome };
  return { id, verdict: outcome.code, message: outcome.message };
}

async function take(
  intake: MessageIntake,
  from: Pick<Sender, "link" | "receivedAt">,
  epoch: number,
  bytes: Uint8Array,
): Promise<{ id: number; outcome: Outcome }> {
  let id = 0;
  try {
    const message = decoding(() => decodeMessage(bytes));
    id = message.id;
    intake.admit(from.link, bytes.length);
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      const sender = { ...from, id, source: { settle: (_id: number, verdict: Verdict) => resolve(verdict) } };
      switch (message.type) {
        case "dictionary":
          return intake.takeDictionary(sender, message.payload, { epoch, sequence: 0, flags: 0 });
        case "report":
          return intake.takeReport(sender, message.payload, { epoch, sequence: message.sequence });
        case "inventory":
          return intake.takeInventory(sender, message, epoch);
        case "backlog":
          return void takeBacklog(intake, sender, message).then((known) => known || resolve("need_dictionary"), reject);
        case "live":
          throw new MessageError({ code: "malformed", message: "Live frames need a session; send them as backlog" });
      }
    });
    return { id, outcome };
  } catch (error) {
    if (error instanceof MessageError) return { id, outcome: error.verdict };
    throw error;
  }
}

async function takeBacklog(
  intake: MessageIntake,
  sender: Sender,
  message: Parameters<MessageIntake["takeBacklog"]>[1],
): Promise<boolean> {
  const dictionary = await intake.findDictionary(sender.link, message.hash);
  if (dictionary) intake.takeBacklog(sender, message, dictionary);
  return dictionary !== null;
}
