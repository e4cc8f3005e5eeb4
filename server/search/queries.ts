import { and, count, eq, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { searchDocuments } from "@/db/schema/search";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { hasMistyped, type Way, waysFor } from "./lexeme-query";
import {
  MATCHES,
  type Match,
  mayBeMistyped,
  meantBy,
  nearKeys,
  SEARCH_KINDS,
  type SearchKind,
  scoreOf,
  versionOf,
  wordsOf,
} from "./model";
import type { Found, FoundList, SearchAnswer } from "./shapes";
import { type Candidate, readStates, type Stated } from "./states";

/** Things of a group in an answer. */
const GROUP_MAX = 6;
/** The best of a kind, whose state is read. */
const STATED_MAX = 14;
/** With fewer found, words that may have been meant are looked for. */
const ENOUGH = 5;
const MEANT_MAX = 8;
/** Up to so many sites a reach is looked up site by site; beyond, nearly every document is within it. */
const SITES_LISTED_MAX = 200;

const GROUPS = {
  site: ["site"],
  cluster: ["cluster"],
  machine: ["machine", "node"],
  application: ["application"],
  volume: ["claim", "volume"],
} as const satisfies Record<string, readonly SearchKind[]>;

/** The condition on documents that limits them to what the caller may see; null when that is all. */
async function reachOf(tx: Transaction, caller: Caller): Promise<SQL | null> {
  if (caller.scope.kind === "all") return null;
  const own = await tx
    .select({ id: sites.id })
    .from(sites)
    .where(visibleSites(caller))
    .limit(SITES_LISTED_MAX + 1);
  if (own.length > SITES_LISTED_MAX) {
    return sql`d.site_id in (select ${sites.id} from ${sites} where ${visibleSites(caller)})`;
  }
  return sql`d.site_id = any (${sql.param(own.map(({ id }) => id))}::uuid[])`;
}

const columns = sql`d.kind, d.thing_id as "thingId", d.key, d.title`;

/** Documents whose titles begin with what was typed, in their order, so that the title itself comes first. */
async function readTitles(tx: Transaction, caller: Caller, words: readonly string[], reach: SQL | null) {
  const start = words.join(" ");
  const { rows } = await tx.execute<Candidate>(sql`
    select k.kind, d."thingId", d.key, d.title, 'prefix' as match from unnest(${sql.param([...SEARCH_KINDS])}::text[]) k(kind)
    cross join lateral (select ${columns} from ${searchDocuments} d
      where d.org_id = ${caller.orgId}::uuid and d.kind = k.kind
        and d.title_key >= ${start} and d.title_key < ${`${start}\u{10ffff}`} ${reach ? sql`and ${reach}` : sql``}
      order by d.title_key limit 12) d`);
  return rows;
}

async function readWays(tx: Transaction, caller: Caller, ways: readonly Way[], reach: SQL | null) {
  const { rows } = await tx.execute<Candidate>(sql`
    select d.*, w.match from jsonb_to_recordset(${JSON.stringify(ways)}::jsonb) as w(match text, query tsquery, most int)
    cross join lateral (select ${columns} from ${searchDocuments} d
      where d.org_id = ${caller.orgId}::uuid and d.words @@ w.query ${reach ? sql`and ${reach}` : sql``} limit w.most) d`);
  return rows;
}

/**
 * For each word that may be mistyped: the words of this organisation that may have been meant. A word that is one of
 * them, or the start of one, is taken as it was typed.
 */
async function readMeant(tx: Transaction, caller: Caller, words: readonly string[]) {
  const asked = words.filter(mayBeMistyped).map((word) => ({ word, keys: nearKeys(word) }));
  const { rows } = await tx.execute<{ asked: string; words: string[] }>(sql`
    select a.word as asked, array(select w.word from search_words w
      where w.org_id = ${caller.orgId}::uuid
        and w.near && array(select jsonb_array_elements_text(a.keys)) limit 500) as words
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a(word text, keys jsonb)
    where not exists (select from search_words w
      where w.org_id = ${caller.orgId}::uuid and w.word >= a.word and w.word < a.word || '{')`);
  return new Map(rows.map(({ asked: word, words: candidates }) => [word, meantBy(word, candidates, MEANT_MAX)]));
}

/** How many clusters a question names as a whole: by a version, or by a label. */
async function readLists(tx: Transaction, caller: Caller, question: string): Promise<FoundList[]> {
  const version = versionOf(question);
  const [label, key, value] = /^\s*([\w./-]{1,100})\s*=\s*([\w.-]{1,100})\s*$/.exec(question) ?? [];
  if (!version && !label) return [];
  const pattern = `v${version}${version?.split(".").length === 2 ? "." : ""}%`;
  const [counted] = await tx
    .select({ clusters: count() })
    .from(clusters)
    .innerJoin(sites, and(eq(sites.orgId, clusters.orgId), eq(sites.id, clusters.siteId)))
    .where(
      and(
        visibleSites(caller),
        version
          ? sql`${clusters.gitVersion} like ${pattern}`
          : sql`coalesce(${clusters.labels} ->> ${key}, ${sites.labels} ->> ${key}) = ${value}`,
      ),
    );
  if (!counted || counted.clusters === 0) return [];
  return [{ by: version ? "version" : "label", value: version ?? `${key}=${value}`, clusters: counted.clusters }];
}

const nameOf = ({ kind, thingId, key }: Candidate): string => `${kind} ${thingId} ${key}`;

/** One row a document, found in its best way; of each kind the best. */
function bestOf(found: readonly Candidate[], question: string): Candidate[] {
  const best = new Map<string, Candidate>();
  for (const candidate of found) {
    const other = best.get(nameOf(candidate));
    if (!other || MATCHES.indexOf(candidate.match) < MATCHES.indexOf(other.match))
      best.set(nameOf(candidate), candidate);
  }
  const scored = [...best.values()].map((candidate) => ({
    candidate,
    score: scoreOf({ ...candidate, needsAttention: false }, question),
  }));
  scored.sort((a, b) => b.score - a.score || byTitle(a.candidate, b.candidate));
  return SEARCH_KINDS.flatMap((kind) =>
    scored.filter(({ candidate }) => candidate.kind === kind).slice(0, STATED_MAX),
  ).map(({ candidate }) => candidate);
}

const collator = new Intl.Collator("en", { numeric: true });
const byTitle = (a: { title: string }, b: { title: string }): number => collator.compare(a.title, b.title);

/** Somebody should look: it is not well, or it was connected and is not any more. */
const needsAttention = ({ health, connectivity }: Found): boolean =>
  connectivity === "offline" || (connectivity === "online" && (health === "failed" || health === "degraded"));

function groupsOf(stated: readonly Stated[], question: string): SearchAnswer["groups"] {
  const scored = stated.map((one) => ({
    ...one,
    score: scoreOf({ ...one.found, match: one.match, needsAttention: needsAttention(one.found) }, question),
  }));
  scored.sort((a, b) => b.score - a.score || byTitle(a.found, b.found));
  const machines = new Set(stated.flatMap(({ found, hardware }) => (found.kind === "machine" ? (hardware ?? []) : [])));
  return (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).flatMap((group) => {
    const kinds: readonly SearchKind[] = GROUPS[group];
    const found = scored
      .filter(({ found: { kind } }) => kinds.includes(kind))
      // A node whose machine is found too is the same thing.
      .filter(({ found: { kind }, hardware }) => kind !== "node" || !hardware || !machines.has(hardware))
      .map((one) => one.found);
    return found.length === 0 ? [] : [{ group, found: found.slice(0, GROUP_MAX), hasMore: found.length > GROUP_MAX }];
  });
}

/**
 * What a question finds within the reach of the caller: things by group, the best first, and lists that answer it as a
 * whole. All words must match, each by a whole word, by the start of one, or, where little is found, by a word that is
 * a typing error away.
 */
export async function search(caller: Caller, question: string): Promise<SearchAnswer> {
  const words = wordsOf(question);
  if (words.length === 0) return { lists: [], groups: [] };
  return asCaller(caller, async (tx) => {
    const reach = await reachOf(tx, caller);
    const titles = await readTitles(tx, caller, words, reach);
    const found = [...titles, ...(await readWays(tx, caller, waysFor(caller.orgId, words), reach))];
    const isFew = found.filter(({ match }: { match: Match }) => match !== "around").length < ENOUGH;
    if (isFew && hasMistyped(words)) {
      const meant = await readMeant(tx, caller, words);
      if ([...meant.values()].some((others) => others.length > 0)) {
        found.push(...(await readWays(tx, caller, waysFor(caller.orgId, words, meant), reach)));
      }
    }
    const stated = await readStates(tx, caller, bestOf(found, question));
    return { lists: await readLists(tx, caller, question), groups: groupsOf(stated, question) };
  });
}
