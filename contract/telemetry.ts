// As a namespace: the agent's bundle then holds only what it uses of zod, which halves it and saves 10 MB of memory.
import * as z from "zod";
import { UnknownReason } from "./unknown";

/**
 * What an agent says, and what the gateway answers. Wire version 1: JSON, gzip allowed, one batch a request.
 *
 * Compatibility: unknown fields are ignored, unknown entity kinds and reading names are counted and reported, and
 * every fixture under `contract/fixtures/` must parse forever.
 */
export const WIRE_VERSION = 1;

/** Request paths of the gateway. */
export const GATEWAY_PATHS = {
  enrol: "/v1/agents/enrol",
  push: "/v1/agents/push",
  health: "/healthz",
  ready: "/readyz",
} as const;

/** Largest body of one push before and after gzip, in bytes. The agent splits what is larger. */
export const PUSH_BYTES_MAX = 1024 * 1024;

const Reading = z.number().finite();
/** A moment in UTC, ISO 8601; the year 0 has no place in the calendar that the store keeps. */
const Moment = z.iso.datetime().refine((text) => !text.startsWith("0000"), "expected a year from 0001 on");
const EntityKey = z.string().min(1).max(200);

/** The state of one entity at one moment. */
export const EntitySample = z.object({
  /** A string here, so that a newer agent's kind is counted by an older gateway and not refused. */
  kind: z.string().min(1).max(40),
  /** Stable name within the machine: mount point, device, interface, sensor path; `machine` for the machine. */
  key: EntityKey,
  readings: z.record(z.string().max(60), Reading),
  /** Reading name → why it is missing. */
  unknown: z.record(z.string().max(60), UnknownReason).optional(),
});
export type EntitySample = z.infer<typeof EntitySample>;

/** All entities at one moment of the edge's clock. */
export const Observation = z.object({
  observedAt: Moment,
  entities: z.array(EntitySample).max(2000),
});
export type Observation = z.infer<typeof Observation>;

/** A fact that is either known or unknown for a reason; there is no third way. */
export const Fact = z.union([
  z.object({
    value: z.union([z.string().max(500), z.number().finite(), z.boolean(), z.array(z.string().max(200)).max(256)]),
  }),
  z.object({ unknown: UnknownReason }),
]);
export type Fact = z.infer<typeof Fact>;

/** Fact names of a machine in wire version 1. An agent may send more; they are kept and shown under their own name. */
export const MACHINE_FACTS = [
  "hostname",
  "operatingSystem",
  "kernelVersion",
  "architecture",
  "virtualization",
  "hypervisor",
  "systemVendor",
  "systemProduct",
  "systemUuid",
  "systemSerial",
  "machineId",
  "bootId",
  "bootedAt",
  "cpuModel",
  "sockets",
  "coresPhysical",
  "coresLogical",
  "memoryTotalBytes",
  "networkInterfaces",
  "gpus",
  "energySource",
] as const;
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

/** What the agent says of itself, so that trouble at the edge is seen here. */
export const AgentReport = z.object({
  version: z.string().max(60),
  startedAt: z.iso.datetime(),
  /** Batches that wait on the agent's disk, this one not counted. */
  spoolBatches: z.number().int().nonnegative(),
  spoolBytes: z.number().int().nonnegative(),
  /** Batches given up because the spool was full or unreadable, since the agent's state was made. */
  droppedBatches: z.number().int().nonnegative(),
  /** Set when the spool cannot be written and the agent works from memory. */
  spoolError: z.string().max(300).optional(),
  residentBytes: z.number().int().nonnegative().optional(),
});
export type AgentReport = z.infer<typeof AgentReport>;

/** One batch. Who speaks is never in here: identity comes from the signature alone. */
export const PushBatch = z.object({
  wireVersion: z.number().int().min(1).max(99),
  /** Starts anew with each agent process and only grows; with `sequence` it names the batch for ever. */
  epoch: z.number().int().nonnegative(),
  sequence: z.number().int().positive(),
  sentAt: Moment,
  /** The agent's own interval: the measure for "silent". */
  intervalSeconds: z.number().min(1).max(86_400),
  agent: AgentReport,
  observations: z.array(Observation).min(1).max(500),
  /** Sent when they changed and with the first batch of an epoch. */
  facts: MachineFacts.optional(),
  descriptions: z.array(EntityDescription).max(2000).optional(),
});
export type PushBatch = z.infer<typeof PushBatch>;

/** Answer to a stored batch: sent only after the commit. */
export const PushAnswer = z.object({
  acknowledged: z.object({ epoch: z.number().int(), sequence: z.number().int() }),
  /** True when this very batch had been stored before; nothing was written again. */
  duplicate: z.boolean(),
  intervalSeconds: z.number().min(1).max(86_400),
  /** What this gateway could not place; kept on record there, not an error. */
  ignored: z.object({ entities: z.number().int(), readings: z.number().int() }),
});
export type PushAnswer = z.infer<typeof PushAnswer>;

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
] as const;
export type GatewayErrorCode = (typeof GATEWAY_ERROR_CODES)[number];

/** Body of every answer that is not 2xx. */
export const GatewayError = z.object({
  error: z.object({ code: z.enum(GATEWAY_ERROR_CODES), message: z.string(), requestId: z.string().optional() }),
});
export type GatewayError = z.infer<typeof GatewayError>;
