import { boolean, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./access";

/** What names an outage; the words are those of `server/outages/model.ts`. */
export type StoredFactor = { kind: string; value: string };
export type StoredEvidence = {
  factors: StoredFactor[];
  dark: number;
  answering: number;
  recall: number;
  logChance: number;
  isRival: boolean;
};
type StoredCount = { dark: number; answering: number; undecided: number };
export type StoredPeers = { things: StoredCount; sites: StoredCount };

export const outages = pgTable(
  "outages",
  {
    orgId: uuid("org_id").notNull(),
    id: uuid("id").notNull().defaultRandom(),
    cause: text("cause").notNull(),
    factors: jsonb("factors").$type<StoredFactor[]>().notNull().default([]),
    confidence: text("confidence").notNull(),
    evidence: jsonb("evidence").$type<StoredEvidence[]>().notNull().default([]),
    peers: jsonb("peers").$type<StoredPeers>().notNull(),
    beganFrom: moment("began_from").notNull(),
    beganTo: moment("began_to").notNull(),
    noticedAt: moment("noticed_at").notNull().defaultNow(),
    endedAt: moment("ended_at"),
    mergedInto: uuid("merged_into"),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
);

export const outageMembers = pgTable(
  "outage_members",
  {
    orgId: uuid("org_id").notNull(),
    outageId: uuid("outage_id").notNull(),
    agentId: uuid("agent_id").notNull(),
    isSure: boolean("is_sure").notNull(),
    darkFrom: moment("dark_from").notNull(),
    darkTo: moment("dark_to").notNull(),
    outcome: text("outcome").$type<"returned" | "removed">(),
    endedAt: moment("ended_at"),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.outageId, table.agentId] })],
);

/** Processes of the gateway, of all organisations: when there was somebody to hear agents. */
export const gatewayRuns = pgTable("gateway_runs", {
  id: uuid("id").primaryKey(),
  startedAt: moment("started_at").notNull().defaultNow(),
  heardAt: moment("heard_at").notNull().defaultNow(),
});
