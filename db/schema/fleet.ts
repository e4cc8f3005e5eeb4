import { bigint, doublePrecision, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { MachineFacts, UnknownReason } from "@/contract/telemetry";
import { moment } from "./access";

/** Labels of a site or machine: short names, short values. */
export type Labels = Record<string, string>;

export const sites = pgTable("sites", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  name: text("name").notNull(),
  labels: jsonb("labels").$type<Labels>().notNull().default({}),
  createdAt: moment("created_at").notNull().defaultNow(),
});

export const machines = pgTable("machines", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  siteId: uuid("site_id").notNull(),
  identityKind: text("identity_kind").$type<"system_uuid" | "agent">().notNull(),
  identityValue: text("identity_value").notNull(),
  agentId: uuid("agent_id"),
  collidesWith: uuid("collides_with"),
  name: text("name").notNull(),
  labels: jsonb("labels").$type<Labels>().notNull().default({}),
  facts: jsonb("facts").$type<MachineFacts>().notNull().default({}),
  factsObservedAt: moment("facts_observed_at"),
  factsReceivedAt: moment("facts_received_at"),
  coresLogical: doublePrecision("cores_logical"),
  cpuUsedRatio: doublePrecision("cpu_used_ratio"),
  load1: doublePrecision("load1"),
  memoryTotalBytes: doublePrecision("memory_total_bytes"),
  memoryUsedBytes: doublePrecision("memory_used_bytes"),
  filesystemUsedRatioMax: doublePrecision("filesystem_used_ratio_max"),
  filesystemFullestKey: text("filesystem_fullest_key"),
  temperatureCelsiusMax: doublePrecision("temperature_celsius_max"),
  powerWatts: doublePrecision("power_watts"),
  unknown: jsonb("unknown").$type<Record<string, UnknownReason>>().notNull().default({}),
  readingsObservedAt: moment("readings_observed_at"),
  readingsReceivedAt: moment("readings_received_at"),
  createdAt: moment("created_at").notNull().defaultNow(),
});

export const fleetChanges = pgTable(
  "fleet_changes",
  {
    orgId: uuid("org_id").notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    machineId: uuid("machine_id").notNull(),
    kind: text("kind").notNull(),
    before: text("before"),
    after: text("after"),
    observedAt: moment("observed_at"),
    receivedAt: moment("received_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);
