import { and, count, eq, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { LABEL_TEXT_PATTERN } from "@/server/clusters/model";
import { type Way, waysFor } from "./lexeme-query";
import {
  MATCHES,
  mayBeMistyped,
  meantBy,
  nearKeys,
  partsOf,
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

const GROUPS = {
  site: ["site"],
  cluster: ["cluster"],
  machine: ["machine", "node"],
  application: ["application"],
  volume: ["claim", "volume"],
} as const satisfies Record<string, readonly SearchKind[]>;

/** The sites that the caller may see, as an array in SQL; null for all. */
function reachOf(caller: Caller): SQL {
  if (caller.scope.kind === "all") return sql`null::uuid[]`;
  return sql`array(select ${sites.id} from ${sites} where ${visibleSites(caller)})`;
}

/** Documents that are found in these ways, or whose titles begin with the words. */
async function readFound(tx: Transaction, caller: Caller, words: readonly string[], ways: readonly Way[]) {
  const { rows } = await tx.execute<Candidate>(sql`
    select kind, thing_id as "thingId", key, title, match
    from search_find(${words.join(" ")}, ${JSON.stringify(ways)}::jsonb, ${reachOf(caller)})`);
  return rows;
}

/** The parts of all words, which for a word without any is itself. */
const partsIn = (words: readonly string[]): string[] => [...new Set(words.flatMap(partsOf))];

/** For each word that may be mistyped and is none that is there: the words that may have been meant. */
async function readMeant(tx: Transaction, words: readonly string[]) {
  const asked = partsIn(words)
    .filter(mayBeMistyped)
    .map((word) => ({ word, keys: nearKeys(word) }));
  const { rows } = await tx.execute<{ word: string; others: string[] }>(
    sql`select word, others from search_meant(${JSON.stringify(asked)}::jsonb)`,
  );
  return new Map(rows.map(({ word, others }) => [word, meantBy(word, others, MEANT_MAX)]));
}

/** How many clusters a question names as a whole: by a version, or by a label. */
async function readLists(tx: Transaction, caller: Caller, question: string): Promise<FoundList[]> {
  const version = versionOf(question);
  const [label, key, value] = LABEL_TEXT_PATTERN.exec(question) ?? [];
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
    const found = await readFound(tx, caller, words, waysFor(caller.orgId, words));
    const isFew = found.filter(({ match }) => match !== "around").length < ENOUGH;
    if (isFew && partsIn(words).some(mayBeMistyped)) {
      const meant = await readMeant(tx, words);
      if ([...meant.values()].some((others) => others.length > 0)) {
        found.push(...(await readFound(tx, caller, words, waysFor(caller.orgId, words, meant))));
      }
    }
    const stated = await readStates(tx, caller, bestOf(found, question));
    return { lists: await readLists(tx, caller, question), groups: groupsOf(stated, question) };
  });
}
