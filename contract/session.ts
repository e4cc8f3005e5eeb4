// As a namespace: the agent's bundle then holds only what it uses of zod, which halves it and saves 10 MB of memory.
import * as z from "zod";
import { LINK_PROFILE_CHOICES, LINK_PROFILES } from "./link-profiles";
import { EntityDescription, GATEWAY_ERROR_CODES, MachineFacts } from "./telemetry";
import { UnknownReason } from "./unknown";

/**
 * How an agent and a gateway talk: one long WebSocket, or the same messages in signed HTTP requests where no WebSocket
 * gets through. Text is JSON, bytes are messages (`messages.ts`). Unknown fields are ignored by both sides.
 */
export const SESSION_PATH = "/v1/agents/session";
export const SESSION_PROTOCOL = "fernblick-1";
/** Content type of messages in an HTTP request. */
export const MESSAGES_TYPE = "application/vnd.fernblick.messages";

/** Largest message in bytes, as sent; a report may unfold to eight times that. */
export const MESSAGE_BYTES_MAX = 256 * 1024;
export const REPORT_BYTES_MAX = 8 * MESSAGE_BYTES_MAX;
/** Largest body of one HTTP request with messages. */
export const MESSAGES_BYTES_MAX = 1024 * 1024;

/** What a site's link may carry; both may be set. */
export const LinkBudget = z.object({
  bytesPerDay: z.number().int().positive().optional(),
  bitsPerSecond: z.number().int().positive().optional(),
});
export type LinkBudget = z.infer<typeof LinkBudget>;

/** Set by the server for each agent, in the welcome and whenever it changes. */
export const AgentSettings = z.object({
  intervalSeconds: z.number().min(1).max(86_400),
  /** How long moments are gathered before they are sent as one frame; at most the interval sends each at once. */
  batchSeconds: z.number().min(1).max(86_400),
  /** A newer server's profile is taken for the richest. */
  profile: z.enum(LINK_PROFILE_CHOICES).catch("full"),
  budget: LinkBudget.nullable(),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

/** First word of the gateway: what the agent has to sign, and what time it is here. */
export const Challenge = z.object({ challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/), time: z.iso.datetime() });
export type Challenge = z.infer<typeof Challenge>;

export const Hello = z.object({
  keyId: z.uuid(),
  /** Of the agent's process: starts anew with each and only grows. */
  epoch: z.number().int().nonnegative(),
  version: z.string().max(60),
  /** Boot of the machine; two at a time with one key are a cloned image. */
  bootId: z.string().max(100).nullable(),
  time: z.iso.datetime(),
  /** Ed25519 over `sessionText`, base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});
export type Hello = z.infer<typeof Hello>;
export const HelloMessage = z.object({ hello: Hello });

/** The exact text (UTF-8) whose signature opens a session; lines are separated by one newline, none at the end. */
export function sessionText(parts: Pick<Hello, "keyId" | "epoch" | "time"> & { challenge: string }): string {
  return ["fernblick-session-1", SESSION_PATH, parts.challenge, parts.keyId, String(parts.epoch), parts.time].join(
    "\n",
  );
}

export const Refusal = z.object({
  code: z.enum(GATEWAY_ERROR_CODES).catch("unavailable"),
  message: z.string(),
  retryAfterSeconds: z.number().nonnegative().optional(),
});
export type Refusal = z.infer<typeof Refusal>;

/** Everything that the gateway says in text after the challenge. */
export const GatewayWord = z.union([
  z.object({ welcome: z.object({ time: z.iso.datetime(), settings: AgentSettings }) }),
  z.object({ settings: AgentSettings }),
  z.object({ error: Refusal }),
]);
export type GatewayWord = z.infer<typeof GatewayWord>;

/** What the agent says of itself, so that trouble at the edge is seen here. */
export const AgentHealth = z.object({
  version: z.string().max(60),
  startedAt: z.iso.datetime(),
  intervalSeconds: z.number().min(1).max(86_400),
  profile: z.enum(LINK_PROFILES).catch("full"),
  /** Moments that wait at the edge, and the bytes that they take. */
  spoolMoments: z.number().int().nonnegative(),
  spoolBytes: z.number().int().nonnegative(),
  /** Since the agent's state was made: moments folded into coarser ones, with all sums kept, and given up. */
  thinnedMoments: z.number().int().nonnegative(),
  droppedMoments: z.number().int().nonnegative(),
  /** Oldest moment of what was thinned and still waits. */
  thinnedSince: z.iso.datetime().optional(),
  /** Set when the spool cannot be written and the agent works from memory. */
  spoolError: z.string().max(300).optional(),
  /** Edge's clock minus the gateway's at the first contact of this run of the clock, in seconds. */
  clockOffsetSeconds: z.number().optional(),
  /** Which way the agent had to take. */
  transport: z.enum(["websocket", "http"]).catch("http"),
  residentBytes: z.number().int().nonnegative().optional(),
});
export type AgentHealth = z.infer<typeof AgentHealth>;

/** What changes rarely. A part that is left out has not changed. */
export const Report = z.object({
  agent: AgentHealth,
  facts: MachineFacts.optional(),
  descriptions: z.array(EntityDescription).max(4000).optional(),
  /** Kind, newline, key → reading name → why it is missing, in the edge's own words. Replaces what was said before. */
  unknown: z.record(z.string().max(241), z.record(z.string().max(60), UnknownReason)).optional(),
});
export type Report = z.infer<typeof Report>;

/** Answer to messages in an HTTP request: after the commit, one result for each message that has an id. */
export const MessagesAnswer = z.object({
  time: z.iso.datetime(),
  settings: AgentSettings,
  results: z.array(
    z.object({
      id: z.number().int().nonnegative(),
      verdict: z.union([z.enum(["stored", "need_dictionary"]), z.enum(GATEWAY_ERROR_CODES)]),
      message: z.string().optional(),
    }),
  ),
});
export type MessagesAnswer = z.infer<typeof MessagesAnswer>;
