import { integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./access";

/** What people start in the console and what takes long. */
export const operations = pgTable("operations", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  kind: text("kind", { enum: ["sites-import"] }).notNull(),
  userId: uuid("user_id"),
  /** Who started it. */
  label: text("label").notNull(),
  done: integer("done").notNull().default(0),
  total: integer("total").notNull(),
  startedAt: moment("started_at").notNull().defaultNow(),
  heardAt: moment("heard_at").notNull().defaultNow(),
  endedAt: moment("ended_at"),
  outcome: text("outcome", { enum: ["done", "failed"] }),
});
