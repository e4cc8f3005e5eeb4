import { pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./access";

/** Views that people keep of a list. */
export const savedViews = pgTable("saved_views", {
  id: uuid("id").primaryKey().defaultRandom(),
  orgId: uuid("org_id").notNull(),
  list: text("list", { enum: ["clusters", "machines", "applications", "storage"] }).notNull(),
  name: text("name").notNull(),
  /** Whose it is; null = the team's. */
  userId: uuid("user_id"),
  /** The address of the list, from after the question mark. */
  query: text("query").notNull(),
  createdBy: uuid("created_by"),
  createdAt: moment("created_at").notNull().defaultNow(),
});
