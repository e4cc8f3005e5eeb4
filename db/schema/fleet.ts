import { bigint, boolean, doublePrecision, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import type { LinkProfileChoice } from "@/contract/link-profiles";
import type { MachineFacts } from "@/contract/telemetry";
import { moment } from "./access";

/** What a machine is known by, the most certain first: only the first two cannot be copied with a disk. */
export const IDENTITY_KINDS = ["system_uuid", "provider_id", "machine_id", "agent", "sender"] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** Labels of a site or machine: short names, short values. */
export type Labels = Record<string, string>;

export const sites = pgTable("sites", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  name: text("name").notNull(),
  labels: jsonb("labels").$type<Labels>().notNull().default({}),
  createdAt: moment("created_at").notNull().defaultNow(),
  linkProfile: text("link_profile").$type<LinkProfileChoice>(),
  linkBytesPerDay: bigint("link_bytes_per_day", { mode: "number" }),
  linkBitsPerSecond: bigint("link_bits_per_second", { mode: "number" }),
  linkIntervalSeconds: integer("link_interval_seconds"),
  linkBatchSeconds: integer("link_batch_seconds"),
  region: text("region"),
  country: text("country"),
  address: text("address"),
  latitude: doublePrecision("latitude"),
  longitude: doublePrecision("longitude"),
  timeZone: text("time_zone"),
  gridZone: text("grid_zone"),
  tariff: text("tariff"),
  pue: doublePrecision("pue"),
  contact: text("contact"),
  runbookUrl: text("runbook_url"),
  carrier: text("carrier"),
  powerFeed: text("power_feed"),
  owner: text("owner"),
  deputy: text("deputy"),
  isSimulated: boolean("is_simulated").notNull().default(false),
});

export const machines = pgTable("machines", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  siteId: uuid("site_id").notNull(),
  identityKind: text("identity_kind").$type<IdentityKind>().notNull(),
  identityValue: text("identity_value").notNull(),
  agentId: uuid("agent_id"),
  collidesWith: uuid("collides_with"),
  name: text("name").notNull(),
  labels: jsonb("labels").$type<Labels>().notNull().default({}),
  facts: jsonb("facts").$type<MachineFacts>().notNull().default({}),
  factsObservedAt: moment("facts_observed_at"),
  factsReceivedAt: moment("facts_received_at"),
  coresLogical: doublePrecision("cores_logical"),
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
