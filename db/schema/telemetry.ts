import { sql } from "drizzle-orm";
import {
  bigint,
  date,
  doublePrecision,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import type { UnknownReason } from "@/contract/unknown";
import { bytea, moment } from "./access";

/** Reading name → why it is missing. */
export type UnknownReadings = Record<string, UnknownReason>;

/** An hour of a day, or a whole sealed day. */
export const SEALED_PART = -1;

export const telemetryStreams = pgTable(
  "telemetry_streams",
  {
    orgId: uuid("org_id").notNull(),
    id: integer("id").notNull().generatedAlwaysAsIdentity(),
    siteId: uuid("site_id").notNull(),
    machineId: uuid("machine_id"),
    clusterId: uuid("cluster_id"),
    senderId: uuid("sender_id"),
    name: text("name").notNull(),
    intervalSeconds: real("interval_seconds").notNull().default(60),
    lastMoment: integer("last_moment"),
    lastReceivedAt: moment("last_received_at"),
    thinnedSince: moment("thinned_since"),
    strip: integer("strip"),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

export const telemetryEntities = pgTable(
  "telemetry_entities",
  {
    orgId: uuid("org_id").notNull(),
    id: integer("id").notNull().generatedAlwaysAsIdentity(),
    streamId: integer("stream_id").notNull(),
    machineId: uuid("machine_id"),
    kind: text("kind").notNull(),
    key: text("key").notNull(),
    attributes: jsonb("attributes").$type<Record<string, string>>().notNull().default({}),
    unknown: jsonb("unknown").$type<UnknownReadings>().notNull().default({}),
    /** Packed by `server/telemetry/entity-state.ts`. */
    state: bytea("state"),
    stateAbsence: bytea("state_absence"),
    observedAt: moment("observed_at"),
    receivedAt: moment("received_at"),
    stateEpoch: bigint("state_epoch", { mode: "number" }).notNull().default(0),
    stateSequence: bigint("state_sequence", { mode: "number" }).notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

export const telemetryDictionaries = pgTable(
  "telemetry_dictionaries",
  {
    orgId: uuid("org_id").notNull(),
    streamId: integer("stream_id").notNull(),
    id: integer("id").notNull().generatedAlwaysAsIdentity(),
    hash: bytea("hash").notNull(),
    entityIds: integer("entity_ids").array().notNull(),
    createdAt: moment("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.streamId, table.hash] })],
);

/** A log without a key: the same frame may lie here twice, the merge sees to it. */
export const telemetryInbox = pgTable("telemetry_inbox", {
  orgId: uuid("org_id").notNull(),
  streamId: integer("stream_id").notNull(),
  arrived: moment("arrived").notNull().defaultNow(),
  dictionaryId: integer("dictionary_id").notNull(),
  firstMoment: integer("first_moment").notNull(),
  lastMoment: integer("last_moment").notNull(),
  moments: smallint("moments").notNull(),
  flags: smallint("flags").notNull().default(0),
  epoch: bigint("epoch", { mode: "number" }).notNull().default(0),
  sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
  frame: bytea("frame").notNull(),
});

export const telemetryChunks = pgTable(
  "telemetry_chunks",
  {
    orgId: uuid("org_id").notNull(),
    streamId: integer("stream_id").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    part: smallint("part").notNull(),
    revision: integer("revision").notNull().default(1),
    entityIds: integer("entity_ids").array().notNull(),
    firstMoment: integer("first_moment").notNull(),
    lastMoment: integer("last_moment").notNull(),
    moments: integer("moments").notNull(),
    samples: integer("samples").notNull(),
    flags: smallint("flags").notNull().default(0),
    groups: integer("groups").array().notNull(),
    head: bytea("head").notNull(),
    toc: bytea("toc").notNull(),
    body: bytea("body").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.streamId, table.day, table.part] })],
);

export const telemetryHours = pgTable(
  "telemetry_hours",
  {
    orgId: uuid("org_id").notNull(),
    streamId: integer("stream_id").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    revision: integer("revision").notNull().default(1),
    entityIds: integer("entity_ids").array().notNull(),
    head: bytea("head").notNull(),
    toc: bytea("toc").notNull(),
    body: bytea("body").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.streamId, table.day] })],
);

export const telemetryStreamFiveMinutes = pgTable(
  "telemetry_stream_5m",
  {
    orgId: uuid("org_id").notNull(),
    streamId: integer("stream_id").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    part: smallint("part").notNull(),
    revision: integer("revision").notNull().default(1),
    kinds: text("kinds").array().notNull(),
    head: bytea("head").notNull(),
    toc: bytea("toc").notNull(),
    body: bytea("body").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.streamId, table.day, table.part] })],
);

export const telemetryStripsFiveMinutes = pgTable(
  "telemetry_strips_5m",
  {
    orgId: uuid("org_id").notNull(),
    kind: text("kind").notNull(),
    metric: smallint("metric").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    quarter: smallint("quarter").notNull(),
    strip: integer("strip").notNull(),
    streamIds: integer("stream_ids").array().notNull(),
    head: bytea("head").notNull(),
    toc: bytea("toc").notNull(),
    body: bytea("body").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.kind, table.metric, table.day, table.quarter, table.strip] })],
);

export const telemetryEntityDays = pgTable(
  "telemetry_entity_days",
  {
    orgId: uuid("org_id").notNull(),
    entityId: integer("entity_id").notNull(),
    day: date("day", { mode: "string" }).notNull(),
    metric: smallint("metric").notNull(),
    n: integer("n").notNull(),
    sum: doublePrecision("sum").notNull(),
    min: doublePrecision("min").notNull(),
    max: doublePrecision("max").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.entityId, table.metric, table.day] })],
);

export const telemetryGroups = pgTable(
  "telemetry_groups",
  {
    orgId: uuid("org_id").notNull(),
    id: integer("id").notNull().generatedAlwaysAsIdentity(),
    kind: text("kind").$type<"all" | "label">().notNull(),
    label: text("label").notNull().default(""),
    value: text("value").notNull().default(""),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

export const telemetryGroupFiveMinutes = pgTable(
  "telemetry_group_5m",
  {
    orgId: uuid("org_id").notNull(),
    groupId: integer("group_id").notNull(),
    kind: text("kind").notNull(),
    metric: smallint("metric").notNull(),
    at: moment("at").notNull(),
    sum: numeric("sum").notNull(),
    entities: bigint("entities", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.groupId, table.kind, table.metric, table.at] })],
);

export const telemetrySettings = pgTable("telemetry_settings", {
  orgId: uuid("org_id").primaryKey(),
  groupedLabels: text("grouped_labels").array().notNull().default(sql`'{region}'`),
  rawDays: integer("raw_days").notNull().default(35),
  fiveMinuteDays: integer("five_minute_days").notNull().default(90),
  hourDays: integer("hour_days").notNull().default(400),
  updatedAt: moment("updated_at").notNull().defaultNow(),
});

export const telemetryMachines = pgTable(
  "telemetry_machines",
  {
    orgId: uuid("org_id").notNull(),
    machineId: uuid("machine_id").notNull(),
    siteId: uuid("site_id").notNull(),
    streamId: integer("stream_id").notNull(),
    cpuUsedRatio: doublePrecision("cpu_used_ratio"),
    load1: doublePrecision("load1"),
    memoryTotalBytes: doublePrecision("memory_total_bytes"),
    memoryUsedBytes: doublePrecision("memory_used_bytes"),
    filesystemUsedRatioMax: doublePrecision("filesystem_used_ratio_max"),
    filesystemFullestKey: text("filesystem_fullest_key"),
    temperatureCelsiusMax: doublePrecision("temperature_celsius_max"),
    powerWatts: doublePrecision("power_watts"),
    unknown: jsonb("unknown").$type<UnknownReadings>().notNull().default({}),
    readingsObservedAt: moment("readings_observed_at"),
    readingsReceivedAt: moment("readings_received_at"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.machineId] })],
);

export const telemetryMisdated = pgTable(
  "telemetry_misdated",
  {
    orgId: uuid("org_id").notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    streamId: integer("stream_id").notNull(),
    receivedAt: moment("received_at").notNull().defaultNow(),
    dictionaryId: integer("dictionary_id").notNull(),
    /** May lie beyond what the record can hold: that is why it is here. */
    firstMoment: bigint("first_moment", { mode: "number" }).notNull(),
    frame: bytea("frame").notNull(),
    reason: text("reason").$type<"future" | "expired" | "undecodable">().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

/** A five-minute sum that was not what recomputing gives. */
export type AuditDifference = {
  groupId: number;
  kind: string;
  metric: number;
  at: string;
  stored: string;
  recomputed: string;
};

export const telemetryAudits = pgTable(
  "telemetry_audits",
  {
    orgId: uuid("org_id").notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    at: moment("at").notNull().defaultNow(),
    checked: integer("checked").notNull(),
    different: integer("different").notNull(),
    detail: jsonb("detail").$type<AuditDifference[]>().notNull().default([]),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

/** Messages that no attempt could store. */
export const telemetryQuarantine = pgTable(
  "telemetry_quarantine",
  {
    orgId: uuid("org_id").notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    agentId: uuid("agent_id").notNull(),
    siteId: uuid("site_id").notNull(),
    receivedAt: moment("received_at").notNull().defaultNow(),
    kind: text("kind").$type<"frame" | "report" | "dictionary">().notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    flags: smallint("flags").notNull().default(0),
    reason: text("reason").notNull(),
    /** As in a dictionary message. */
    dictionary: jsonb("dictionary").$type<[kind: string, key: string][]>(),
    content: bytea("content").notNull(),
    digest: bytea("digest").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);
