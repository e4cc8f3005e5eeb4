import { bigint, doublePrecision, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { Health } from "@/contract/cluster/healths";
import { moment } from "./access";
import type { Labels } from "./fleet";

export const clusters = pgTable("clusters", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  siteId: uuid("site_id").notNull(),
  uid: text("uid").notNull(),
  agentId: uuid("agent_id"),
  collidesWith: uuid("collides_with"),
  name: text("name").notNull(),
  labels: jsonb("labels").$type<Labels>().notNull().default({}),
  generation: integer("generation").notNull().default(0),
  /** Signed, as Postgres has it; see `server/clusters/state-name.ts`. */
  state: bigint("state", { mode: "bigint" }).notNull().default(0n),
  stagedGeneration: integer("staged_generation"),
  stagedState: bigint("staged_state", { mode: "bigint" }),
  toldAt: moment("told_at"),
  toldReceivedAt: moment("told_received_at"),
  confirmedAt: moment("confirmed_at"),
  gitVersion: text("git_version"),
  distribution: text("distribution"),
  provider: text("provider"),
  region: text("region"),
  nodesTotal: integer("nodes_total"),
  nodesReady: integer("nodes_ready"),
  applicationsTotal: integer("applications_total"),
  applicationsUnwell: integer("applications_unwell"),
  systemsTotal: integer("systems_total"),
  systemsUnwell: integer("systems_unwell"),
  cpuAllocatableCores: doublePrecision("cpu_allocatable_cores"),
  cpuRequestedCores: doublePrecision("cpu_requested_cores"),
  memoryAllocatableBytes: doublePrecision("memory_allocatable_bytes"),
  memoryRequestedBytes: doublePrecision("memory_requested_bytes"),
  claimedBytes: doublePrecision("claimed_bytes"),
  sourcesUnknown: integer("sources_unknown"),
  health: text("health").$type<Health>().notNull().default("unknown"),
  createdAt: moment("created_at").notNull().defaultNow(),
});

export const clusterItems = pgTable(
  "cluster_items",
  {
    orgId: uuid("org_id").notNull(),
    clusterId: uuid("cluster_id").notNull(),
    generation: integer("generation").notNull(),
    kind: text("kind").notNull(),
    key: text("key").notNull(),
    item: jsonb("item").$type<unknown>().notNull(),
    share: bigint("share", { mode: "bigint" }).notNull(),
    receivedAt: moment("received_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.clusterId, table.generation, table.kind, table.key] })],
);

export const clusterChanges = pgTable(
  "cluster_changes",
  {
    orgId: uuid("org_id").notNull(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    clusterId: uuid("cluster_id").notNull(),
    kind: text("kind").notNull(),
    subject: text("subject"),
    before: text("before"),
    after: text("after"),
    observedAt: moment("observed_at"),
    receivedAt: moment("received_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

/** Applications as rows that lists can filter and count; kept by `server/clusters/applications.ts`. */
export const clusterApplications = pgTable(
  "cluster_applications",
  {
    orgId: uuid("org_id").notNull(),
    clusterId: uuid("cluster_id").notNull(),
    key: text("key").notNull(),
    namespace: text("namespace").notNull(),
    name: text("name").notNull(),
    health: text("health").$type<Health>().notNull(),
    healthChangedAt: moment("health_changed_at"),
    version: text("version"),
    keptBy: text("kept_by"),
    workloads: integer("workloads"),
    wanted: integer("wanted"),
    ready: integer("ready"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.clusterId, table.key] })],
);
