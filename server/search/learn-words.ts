import { sql } from "drizzle-orm";
import { type Database, withTenant } from "@/db/client";

/** Forgets words that no document holds any more. @returns how many */
export async function forgetWords(database: Database, orgId: string): Promise<number> {
  return withTenant(database, { orgId }, async (tx) => {
    const { rows } = await tx.execute<{ words: string }>(sql`select search_forget_words() as words`);
    return Number(rows[0]?.words);
  });
}

/** Batches of new words that are taken over in one transaction. */
const BATCHES_MAX = 500;

/**
 * Takes over the words that documents brought since the last time; from then on they are found with a typing error too.
 * @returns how many were new
 */
export async function learnWords(database: Database, orgId: string): Promise<number> {
  let learned = 0;
  for (let batches = BATCHES_MAX; batches === BATCHES_MAX; ) {
    const done = await withTenant(database, { orgId }, async (tx) => {
      const { rows } = await tx.execute<{ batches: number; learned: number }>(sql`
        with taken as (delete from search_new_words where id in (
            select id from search_new_words where org_id = ${orgId}::uuid order by id limit ${BATCHES_MAX}
            for update skip locked) returning words),
          learned as (insert into search_words (org_id, word, near)
            select ${orgId}::uuid, word, search_near(word)
            from (select distinct unnest(words) as word from taken order by 1) w
            on conflict do nothing returning 1)
        select (select count(*)::int from taken) as batches, (select count(*)::int from learned) as learned`);
      return rows[0] ?? { batches: 0, learned: 0 };
    });
    learned += done.learned;
    batches = done.batches;
  }
  return learned;
}
