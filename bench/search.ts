import { sql } from "drizzle-orm";
import { parseSelector } from "@/contract/selector";
import { openDatabase } from "@/db/client";
import { asCaller, type Caller, type Scope } from "@/server/access/caller";
import { learnWords } from "@/server/search/learn-words";
import { search } from "@/server/search/queries";
import { createMember, signIn } from "@/server/testing/people";
import { percentile, readOptions, significant } from "./options";
import { openStage } from "./programs/stage";
import { fillSearch } from "./search/fill";
import { Ingest } from "./search/ingest";
import { readQuestions } from "./search/questions";
import { measureWrites } from "./search/writes";

/**
 * `npm run bench:search`: how long a question takes in a fleet of so many clusters, for each kind of question, while
 * inventories change; and what keeping the documents adds to an inventory of 5,000 items. The last line is one JSON
 * object, in milliseconds. The target is p95 below 50 on two processors.
 */

const options = readOptions({
  clusters: 10_000,
  nodes: 4,
  applications: 12,
  claims: 8,
  questions: 60,
  /** Items that change a second while questions are asked. */
  changes: 200,
  items: 5_000,
  pairs: 7,
});

const say = (line: string) => console.log(line);
const REACHES: Record<string, string | null> = { all: null, region: "region=north", "one site": "rack=r17" };

/** What the machine itself takes for a question to the database that asks nothing: what the figures are to be read beside. */
async function askNothing(caller: Caller, times: number): Promise<object> {
  const milliseconds: number[] = [];
  for (let at = 0; at < times; at += 1) {
    const startedAt = performance.now();
    await asCaller(caller, (tx) => tx.execute(sql`select 1`));
    milliseconds.push(performance.now() - startedAt);
  }
  return { p50: significant(percentile(milliseconds, 50), 3), p95: significant(percentile(milliseconds, 95), 3) };
}

async function ask(caller: Caller, questions: readonly string[]) {
  const milliseconds: number[] = [];
  let found = 0;
  for (const question of questions) {
    const startedAt = performance.now();
    const { groups } = await search(caller, question);
    milliseconds.push(performance.now() - startedAt);
    if (groups.length > 0) found += 1;
  }
  return {
    p50: significant(percentile(milliseconds, 50), 3),
    p95: significant(percentile(milliseconds, 95), 3),
    p99: significant(percentile(milliseconds, 99), 3),
    found: significant(found / questions.length, 2),
  };
}

async function main(): Promise<void> {
  const stage = await openStage("search");
  try {
    const { clusters, nodes, applications, claims } = options;
    const startedAt = performance.now();
    const orgId = await fillSearch(stage.admin, { clusters, nodes, applications, claims }, say);
    const fillSeconds = significant((performance.now() - startedAt) / 1000, 3);
    const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-console", connectionsMax: 4 });
    const learned = await learnWords(database, orgId);
    await stage.admin.query("vacuum analyze");
    const person = await createMember({ admin: stage.admin, database }, orgId, {
      email: "a@bench.test",
      role: "viewer",
    });
    const caller = await signIn({ admin: stage.admin, database }, person);
    const questions = await readQuestions(stage.admin, orgId, options.questions);
    const ingest = new Ingest(stage.roles.appUrl, orgId, options.changes);
    const milliseconds: Record<string, unknown> = { "no question": await askNothing(caller, options.questions) };
    for (const [reach, selector] of Object.entries(REACHES)) {
      const scope: Scope = selector
        ? { kind: "selector", text: selector, requirements: parseSelector(selector) }
        : { kind: "all" };
      for (const [kind, all] of Object.entries(questions)) {
        const name = reach === "all" ? kind : `${kind}, reach ${reach}`;
        milliseconds[name] = await ask({ ...caller, scope }, all);
        say(`${name}: ${JSON.stringify(milliseconds[name])}`);
      }
    }
    const changed = await ingest.end();
    const { rows } = await stage.admin.query(`select (select count(*)::int from search_documents) as documents,
      pg_table_size('search_documents') as "tableBytes", pg_indexes_size('search_documents') as "indexBytes",
      pg_total_relation_size('search_words') as "wordBytes"`);
    const writes = await measureWrites(stage.admin, orgId, options);
    say(JSON.stringify({ clusters, fillSeconds, learned, changed, ...rows[0], milliseconds, writes }));
    await database.close();
  } finally {
    await stage.close();
  }
}

await main();
