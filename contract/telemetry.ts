// As a namespace: the agent's bundle then holds only what it uses of zod, which halves it and saves 10 MB of memory.
import * as z from "zod";
import { UnknownReason } from "./unknown";

/** Request paths of the gateway. */
export const GATEWAY_PATHS = {
  enrol: "/v1/agents/enrol",
  push: "/v1/agents/push",
  health: "/healthz",
  ready: "/readyz",
} as const;

const EntityKey = z.string().min(1).max(200);

/** A fact that is either known or unknown for a reason; there is no third way. */
export const Fact = z.union([
  z.object({
    value: z.union([z.string().max(500), z.number().finite(), z.boolean(), z.array(z.string().max(200)).max(256)]),
  }),
  z.object({ unknown: UnknownReason }),
]);
export type Fact = z.infer<typeof Fact>;

export const MachineFacts = z.record(z.string().max(60), Fact);
export type MachineFacts = z.infer<typeof MachineFacts>;

/** What is fixed about an entity: shown beside its readings. */
export const EntityDescription = z.object({
  kind: z.string().min(1).max(40),
  key: EntityKey,
  /** For example the device and type of a filesystem, the address of an interface, the label of a sensor. */
  attributes: z.record(z.string().max(60), z.string().max(300)),
});
export type EntityDescription = z.infer<typeof EntityDescription>;

export const GATEWAY_ERROR_CODES = [
  "malformed",
  "too_large",
  "wrong_type",
  "not_found",
  "method_not_allowed",
  "signature_invalid",
  "agent_unknown",
  "agent_waiting",
  "agent_revoked",
  "token_invalid",
  "token_expired",
  "token_used_up",
  "rate_limited",
  "unavailable",
  /** A change of an inventory builds on a state that is not here: the whole is wanted. */
  "state_unknown",
] as const;
export type GatewayErrorCode = (typeof GATEWAY_ERROR_CODES)[number];

/** Body of every answer that is not 2xx. */
export const GatewayError = z.object({
  error: z.object({ code: z.enum(GATEWAY_ERROR_CODES), message: z.string(), requestId: z.string().optional() }),
});
export type GatewayError = z.infer<typeof GatewayError>;
