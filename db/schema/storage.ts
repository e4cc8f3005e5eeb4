import { doublePrecision, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./access";

export const storageUnits = pgTable(
  "storage_units",
  {
    orgId: uuid("org_id").notNull(),
    clusterId: uuid("cluster_id").notNull(),
    kind: text("kind").$type<"pool" | "volume">().notNull(),
    key: text("key").notNull(),
    name: text("name").notNull(),
    namespace: text("namespace"),
    class: text("class"),
    rawBytes: doublePrecision("raw_bytes"),
    reservedBytes: doublePrecision("reserved_bytes"),
    provisionedBytes: doublePrecision("provisioned_bytes"),
    usedBytes: doublePrecision("used_bytes"),
    availableBytes: doublePrecision("available_bytes"),
    formula: text("formula").$type<"withReserve" | "withoutReserve" | "toldAvailable">().notNull(),
    capacityBytes: doublePrecision("capacity_bytes"),
    verdict: text("verdict").$type<"unknown" | "not_enough_data" | "full" | "filling" | "steady">().notNull(),
    fullFrom: moment("full_from"),
    fullLikely: moment("full_likely"),
    fullTo: moment("full_to"),
    bytesPerDay: doublePrecision("bytes_per_day"),
    basedAt: moment("based_at"),
    basis: jsonb("basis").$type<{ days: number; spans: number; known: number; steps: number }>().notNull(),
    computedAt: moment("computed_at").notNull(),
    /** What lists are ordered by: also infinity. */
    fullOrder: moment("full_order"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.clusterId, table.kind, table.key] })],
);

export const storageLooks = pgTable(
  "storage_looks",
  {
    orgId: uuid("org_id").notNull(),
    clusterId: uuid("cluster_id").notNull(),
    lookedAt: moment("looked_at").notNull(),
    units: integer("units").notNull(),
    unitsTold: integer("units_told").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.clusterId] })],
);
