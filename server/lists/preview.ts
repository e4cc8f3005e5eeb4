import { and, sql } from "drizzle-orm";
import { formatRequirement } from "@/contract/selector";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import type { Preview } from "./shapes";
import { conditionOf, type ListSubject, readSelector } from "./subject";

type Counts = { matches: number; sites: number };

/**
 * What a selector matches now, among what this caller may see. When it matches nothing: the parts that match nothing even
 * alone, because one of these is the mistake.
 * @throws DomainError invalid `selector`
 */
export async function previewSelector(caller: Caller, subject: ListSubject, selector: string): Promise<Preview> {
  const requirements = readSelector(selector, subject.kind);
  const conditions = requirements.map((requirement) => conditionOf(subject, requirement));
  return asCaller(caller, async (tx) => {
    const { rows } = await tx.execute<Counts>(sql`
      select count(*)::int as matches, count(distinct sites.id)::int as sites
      from ${subject.from} where ${and(visibleSites(caller), ...conditions)}`);
    const counts = rows[0] ?? { matches: 0, sites: 0 };
    if (counts.matches > 0 || conditions.length === 0) return { ...counts, excluding: [] };
    const alone = conditions.map(
      (condition, place) => sql`coalesce(bool_or(${condition}), false) as ${sql.raw(`c${place}`)}`,
    );
    const { rows: found } = await tx.execute<Record<string, boolean>>(
      sql`select ${sql.join(alone, sql`, `)} from ${subject.from} where ${visibleSites(caller)}`,
    );
    const excluding = requirements.filter((_, place) => found[0]?.[`c${place}`] === false).map(formatRequirement);
    return { ...counts, excluding };
  });
}
