import { bigint, boolean, integer, jsonb, pgTable, primaryKey, real, text, uuid } from "drizzle-orm/pg-core";
import type { AgentStatus } from "@/contract/agents";
import type { AgentHealth } from "@/contract/session";
import { bytea, moment } from "./access";
import type { Labels } from "./fleet";

export const joinTokens = pgTable("join_tokens", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  siteId: uuid("site_id").notNull(),
  name: text("name").notNull(),
  tokenHash: bytea("token_hash").notNull(),
  labels: jsonb("labels").$type<Labels>().notNull().default({}),
  usesMax: integer("uses_max").notNull(),
  usesCount: integer("uses_count").notNull().default(0),
  isApprovalRequired: boolean("is_approval_required").notNull().default(false),
  expiresAt: moment("expires_at").notNull(),
  createdBy: uuid("created_by"),
  createdAt: moment("created_at").notNull().defaultNow(),
  revokedAt: moment("revoked_at"),
});

export const agents = pgTable("agents", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  siteId: uuid("site_id").notNull(),
  machineId: uuid("machine_id"),
  joinTokenId: uuid("join_token_id").notNull(),
  publicKey: bytea("public_key").notNull(),
  status: text("status").$type<AgentStatus>().notNull(),
  hostname: text("hostname").notNull(),
  platform: text("platform").notNull(),
  systemUuid: text("system_uuid"),
  systemSerial: text("system_serial"),
  providerId: text("provider_id"),
  osMachineId: text("os_machine_id"),
  version: text("version").notNull(),
  enrolledAt: moment("enrolled_at").notNull().defaultNow(),
  approvedAt: moment("approved_at"),
  revokedAt: moment("revoked_at"),
  intervalSeconds: real("interval_seconds").notNull(),
  lastReceivedAt: moment("last_received_at"),
  lastObservedAt: moment("last_observed_at"),
  clockOffsetSeconds: real("clock_offset_seconds"),
  report: jsonb("report").$type<AgentHealth>(),
  stateEpoch: bigint("state_epoch", { mode: "number" }).notNull().default(0),
  stateSequence: bigint("state_sequence", { mode: "number" }).notNull().default(0),
  reportEpoch: bigint("report_epoch", { mode: "number" }).notNull().default(0),
  reportSequence: bigint("report_sequence", { mode: "number" }).notNull().default(0),
  ignoredEntities: bigint("ignored_entities", { mode: "number" }).notNull().default(0),
  ignoredReadings: bigint("ignored_readings", { mode: "number" }).notNull().default(0),
  sharedSince: moment("shared_since"),
  clockUnsureAt: moment("clock_unsure_at"),
  clusterUid: text("cluster_uid"),
  clusterId: uuid("cluster_id"),
});

/** The processes of agents as they open sessions; two that are heard in turns share one key. */
export const agentProcesses = pgTable(
  "agent_processes",
  {
    orgId: uuid("org_id").notNull(),
    agentId: uuid("agent_id").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    bootId: text("boot_id"),
    firstSeenAt: moment("first_seen_at").notNull(),
    heardAt: moment("heard_at").notNull(),
    isRejected: boolean("is_rejected").notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.epoch] })],
);
