import { and, type SQL, sql } from "drizzle-orm";
import type { SelectorRequirement } from "@/contract/selector";
import { asCaller, type Caller, reachKey, visibleSites } from "@/server/access/caller";
import { sharedAnswers } from "@/server/shared-answers";
import type { Dimension } from "./model";
import type { Completion, Facet, LimitsInput } from "./shapes";
import { conditionOf, dimensionSql, type ListSubject, likePattern, readSelector, searchCondition } from "./subject";

const VALUES_MAX = 12;
const COMPLETIONS_MAX = 50;

/** What of a selector is the choice in a facet: which values, or that there is none. Everything else only limits it. */
function isChoiceOf(requirement: SelectorRequirement, dimension: Dimension): boolean {
  const isOfFact = "fact" in requirement;
  const name = isOfFact ? `@${requirement.key}` : requirement.key;
  return name === dimension && (requirement.operator === "in" || requirement.operator === "absent");
}

function chosenValues(requirements: readonly SelectorRequirement[]): string[] {
  return requirements.flatMap((requirement) =>
    requirement.operator === "in"
      ? requirement.values.map((value) => (typeof value === "string" ? value : value.text))
      : [],
  );
}

const shared = sharedAnswers<Facet[]>("facets", ([first]) =>
  first ? first.values.reduce((sum, { count }) => sum + count, first.others + first.missing) : 0,
);

type Counted = { place: number; value: string | null; count: number };

/**
 * How often each value of these labels and facts occurs among the rows that match everything but the choice in that very
 * label or fact; of a large fleet some seconds old. One pass over the rows: those that match everything but choices are read once, with a mark for each choice.
 * @throws DomainError invalid `selector`, `dimension`
 */
export async function listFacets(
  caller: Caller,
  subject: ListSubject,
  { selector, search, dimensions }: LimitsInput & { dimensions: readonly Dimension[] },
): Promise<Facet[]> {
  if (dimensions.length === 0) return [];
  const key = [reachKey(caller), subject.kind, JSON.stringify([selector, search, dimensions])].join(" ");
  const { answer } = await shared.get(key, () => countFacets(caller, subject, { selector, search, dimensions }));
  return answer;
}

async function countFacets(
  caller: Caller,
  subject: ListSubject,
  { selector, search, dimensions }: LimitsInput & { dimensions: readonly Dimension[] },
): Promise<Facet[]> {
  const requirements = readSelector(selector, subject.kind);
  const choices = dimensions.map((dimension) => requirements.filter((one) => isChoiceOf(one, dimension)));
  const always = requirements.filter((one) => !choices.flat().includes(one));
  const values = dimensions.map((dimension) => sql`${dimensionSql(subject, dimension)}::text`);
  const counted = await asCaller(caller, async (tx) => {
    const chosen = choices.map((own) => and(...own.map((one) => conditionOf(subject, one))));
    const columns = values.map((value, place) => sql`${value} as ${name("v", place)}`);
    const marks = chosen.flatMap((condition, place) =>
      condition ? [sql`coalesce(${condition}, false) as ${name("c", place)}`] : [],
    );
    const filter = and(
      visibleSites(caller),
      ...always.map((one) => conditionOf(subject, one)),
      searchCondition(subject, search),
    );
    const { rows } = await tx.execute<Counted>(sql`
      with matching as materialized (select ${sql.join([...columns, ...marks], sql`, `)} from ${subject.from} where ${filter})
      ${sql.join(countsOf(chosen), sql` union all `)}`);
    return rows;
  });
  return dimensions.map((dimension, place) =>
    facetOf(
      dimension,
      counted.filter((row) => row.place === place),
      choices[place] ?? [],
    ),
  );
}

const name = (letter: string, place: number): SQL => sql.raw(`${letter}${place}`);

/** All that have no choice of their own are counted together; each other one under the choices of the rest. */
function countsOf(chosen: readonly (SQL | undefined)[]): SQL[] {
  const places = chosen.map((_, place) => place);
  const others = (own: number | null) => {
    const marks = places.filter((place) => chosen[place] && place !== own).map((place) => name("c", place));
    return marks.length > 0 ? sql`where ${sql.join(marks, sql` and `)}` : sql``;
  };
  const free = places.filter((place) => !chosen[place]);
  const together =
    free.length === 0
      ? []
      : [
          sql`select case ${sql.join(
            free.map((place) => sql`when grouping(${name("v", place)}) = 0 then ${sql.raw(String(place))}`),
            sql` `,
          )} end as place, case ${sql.join(
            free.map((place) => sql`when grouping(${name("v", place)}) = 0 then ${name("v", place)}`),
            sql` `,
          )} end as value, count(*)::int as count from matching ${others(null)} group by grouping sets (${sql.join(
            free.map((place) => sql`(${name("v", place)})`),
            sql`, `,
          )})`,
        ];
  const apart = places
    .filter((place) => chosen[place])
    .map(
      (place) => sql`select ${sql.raw(String(place))} as place, ${name("v", place)} as value, count(*)::int as count
        from matching ${others(place)} group by ${name("v", place)}`,
    );
  return [...together, ...apart];
}

function facetOf(dimension: Dimension, counted: readonly Counted[], choice: readonly SelectorRequirement[]): Facet {
  const chosen = chosenValues(choice);
  const known = counted
    .flatMap(({ value, count }) => (value === null ? [] : [{ value, count, isChosen: chosen.includes(value) }]))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  // What is chosen stays to be seen, also where nothing has it any more.
  const gone = chosen
    .filter((value) => !known.some((one) => one.value === value))
    .map((value) => ({ value, count: 0, isChosen: true }));
  const shown = [...known.filter((one, place) => place < VALUES_MAX || one.isChosen), ...gone];
  return {
    dimension,
    values: shown,
    others: known.length + gone.length - shown.length,
    missing: counted.find(({ value }) => value === null)?.count ?? 0,
    isMissingChosen: choice.some(({ operator }) => operator === "absent"),
  };
}

/**
 * Labels that there are (for no dimension), or values of one label or fact that contain the text; the most frequent first.
 * @throws DomainError invalid `dimension`
 */
export async function listCompletions(
  caller: Caller,
  subject: ListSubject,
  { dimension, text }: { dimension: Dimension | null; text: string },
): Promise<Completion> {
  const pattern = likePattern(text);
  const scope = visibleSites(caller);
  const query =
    dimension === null
      ? sql`select label as value, count(*)::int as count from (
          select jsonb_object_keys(${sql.join(
            [...subject.labels].reverse().map((labels) => sql`${labels}`),
            sql` || `,
          )}) as label from ${subject.labelled ?? subject.from} where ${scope}) l
        where label ilike ${pattern} group by label`
      : sql`select value, count(*)::int as count from (
          select ${dimensionSql(subject, dimension)}::text as value from ${subject.from} where ${scope}) v
        where value ilike ${pattern} group by value`;
  return asCaller(caller, async (tx) => {
    const { rows } = await tx.execute<Completion[number]>(
      sql`${query} order by count desc, value limit ${COMPLETIONS_MAX}`,
    );
    return rows;
  });
}
