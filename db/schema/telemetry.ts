import { bigint, doublePrecision, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { EntitySample, UnknownReason } from "@/contract/telemetry";
import { moment } from "./access";

/** Reading name → why it is missing. */
export type UnknownReadings = Record<string, UnknownReason>;

/** Nullable elements: null = not read. Drizzle types array elements as never null, hence the own type. */
const readings = (name: string) => doublePrecision(name).array().$type<(number | null)[]>();

export const telemetryEntities = pgTable(
  "telemetry_entities",
  {
    orgId: uuid("org_id").notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    machineId: uuid("machine_id").notNull(),
    kind: text("kind").notNull(),
    key: text("key").notNull(),
    attributes: jsonb("attributes").$type<Record<string, string>>().notNull().default({}),
    readings: readings("readings").notNull().default([]),
    unknown: jsonb("unknown").$type<UnknownReadings>().notNull().default({}),
    observedAt: moment("observed_at"),
    receivedAt: moment("received_at"),
    earlierReadings: readings("earlier_readings"),
    earlierObservedAt: moment("earlier_observed_at"),
    stateEpoch: bigint("state_epoch", { mode: "number" }).notNull().default(0),
    stateSequence: bigint("state_sequence", { mode: "number" }).notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

export const telemetrySamples = pgTable(
  "telemetry_samples",
  {
    orgId: uuid("org_id").notNull(),
    entityId: bigint("entity_id", { mode: "number" }).notNull(),
    observedAt: moment("observed_at").notNull(),
    receivedAt: moment("received_at").notNull(),
    readings: readings("readings").notNull(),
    unknown: jsonb("unknown").$type<UnknownReadings>(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.entityId, table.observedAt] })],
);

export const telemetryBatches = pgTable(
  "telemetry_batches",
  {
    orgId: uuid("org_id").notNull(),
    agentId: uuid("agent_id").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    receivedAt: moment("received_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.epoch, table.sequence] })],
);

export const telemetryMisdated = pgTable(
  "telemetry_misdated",
  {
    orgId: uuid("org_id").notNull(),
    agentId: uuid("agent_id").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    observedAt: moment("observed_at").notNull(),
    receivedAt: moment("received_at").notNull().defaultNow(),
    entities: jsonb("entities").$type<EntitySample[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.epoch, table.sequence, table.observedAt] })],
);
