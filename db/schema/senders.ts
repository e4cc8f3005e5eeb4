import { bigint, boolean, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, moment } from "./access";

export const apiTokens = pgTable("api_tokens", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  name: text("name").notNull(),
  secretHash: bytea("secret_hash").notNull(),
  siteId: uuid("site_id"),
  siteLabel: text("site_label"),
  scopes: text("scopes").array().notNull().default(["metrics:write"]),
  expiresAt: moment("expires_at"),
  createdBy: uuid("created_by"),
  createdAt: moment("created_at").notNull().defaultNow(),
  revokedAt: moment("revoked_at"),
  lastUsedAt: moment("last_used_at"),
  lastAgent: text("last_agent"),
  lastProblem: text("last_problem"),
  lastProblemAt: moment("last_problem_at"),
});

export const senderTargets = pgTable(
  "sender_targets",
  {
    orgId: uuid("org_id").notNull(),
    streamId: integer("stream_id").notNull(),
    senderId: uuid("sender_id").notNull(),
    host: text("host").notNull(),
    systemUuid: text("system_uuid"),
    /** Packed by `server/senders/target-state.ts`. */
    state: bytea("state").notNull(),
    pendingSince: moment("pending_since"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.streamId] })],
);

export const senderMetrics = pgTable(
  "sender_metrics",
  {
    orgId: uuid("org_id").notNull(),
    senderId: uuid("sender_id").notNull(),
    name: text("name").notNull(),
    type: text("type").notNull().default("unknown"),
    unit: text("unit").notNull().default(""),
    meaning: text("meaning").$type<"reading" | "fact" | "left_out" | "unknown">().notNull(),
    series: bigint("series", { mode: "number" }).notNull().default(0),
    samples: bigint("samples", { mode: "number" }).notNull().default(0),
    lastSeen: moment("last_seen").notNull(),
    kept: boolean("kept").notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.senderId, table.name] })],
);

export const senderSites = pgTable(
  "sender_sites",
  {
    orgId: uuid("org_id").notNull(),
    senderId: uuid("sender_id").notNull(),
    name: text("name").notNull(),
    samples: bigint("samples", { mode: "number" }).notNull().default(0),
    lastSeen: moment("last_seen").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.senderId, table.name] })],
);
