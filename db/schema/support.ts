import { integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { bytea, moment } from "./access";

export const clusterVersions = pgTable(
  "cluster_versions",
  {
    orgId: uuid("org_id").notNull(),
    clusterId: uuid("cluster_id").notNull(),
    /** `flux 2.5`; nothing after the space: not told, or no version. */
    running: text("running").array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.clusterId] })],
);

export const clusterKubelets = pgTable(
  "cluster_kubelets",
  {
    orgId: uuid("org_id").notNull(),
    clusterId: uuid("cluster_id").notNull(),
    /** Empty: not told, or no version. */
    cycle: text("cycle").notNull(),
    nodes: integer("nodes").notNull(),
    controlPlaneNodes: integer("control_plane_nodes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.clusterId, table.cycle] })],
);

export const supportFeeds = pgTable("support_feeds", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  userId: uuid("user_id").notNull(),
  secretHash: bytea("secret_hash").notNull(),
  language: text("language").$type<"en" | "de">().notNull(),
  createdAt: moment("created_at").notNull().defaultNow(),
  revokedAt: moment("revoked_at"),
  lastUsedAt: moment("last_used_at"),
});
