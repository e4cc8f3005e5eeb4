import { bigint, customType, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";

const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/** One row a thing that can be found; kept by triggers (`0014_search.sql`), never by the program. */
export const searchDocuments = pgTable(
  "search_documents",
  {
    orgId: uuid("org_id").notNull(),
    thingId: uuid("thing_id").notNull(),
    kind: text("kind").notNull(),
    key: text("key").notNull().default(""),
    siteId: uuid("site_id").notNull(),
    title: text("title").notNull(),
    titleKey: text("title_key").notNull(),
    words: tsvector("words").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.thingId, table.kind, table.key] })],
);

/** Words of letters that were ever in a document, by the ways to miss them by a letter. */
export const searchWords = pgTable(
  "search_words",
  {
    orgId: uuid("org_id").notNull(),
    word: text("word").notNull(),
    near: text("near").array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.word] })],
);

/** Words of new documents until the worker takes them over. */
export const searchNewWords = pgTable("search_new_words", {
  id: bigint("id", { mode: "number" }).generatedAlwaysAsIdentity().primaryKey(),
  orgId: uuid("org_id").notNull(),
  words: text("words").array().notNull(),
});
