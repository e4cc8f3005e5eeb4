import { inArray, not, or, type SQL, sql } from "drizzle-orm";
import { isPlainVersion, quantityOf, VERSION_PATTERN, versionParts } from "@/contract/facts";
import type { Comparison, FactValue, SelectorRequirement } from "@/contract/selector";

/** What selectors mean in SQL, for every list, reach, policy and roll-out. The meaning itself: `contract/selector.ts`. */

/** A kind of thing in SQL: where its labels stand (its own first, then those that it takes over), and its facts. */
export type Described = { labels: readonly SQL[]; facts: Readonly<Record<string, SQL>> };

/** The value of a label: its own, or else the one that it takes over; null where there is none. */
export function labelSql({ labels }: Pick<Described, "labels">, key: string): SQL<string | null> {
  const values = labels.map((column) => sql`${column} ->> ${key}::text`);
  return sql`coalesce(${sql.join(values, sql`, `)})`;
}

/**
 * The value of a fact.
 * @throws Error for a name that the contract does not have; the parser lets none through
 */
export function factSql({ facts }: Pick<Described, "facts">, key: string): SQL {
  const fact = Object.hasOwn(facts, key) ? facts[key] : undefined;
  if (!fact) throw new Error(`there is no fact ${key}`);
  return fact;
}

/** Major, minor, patch of a version as an array of integers, which compares as versions do. */
export const versionSql = (text: SQL): SQL =>
  sql`string_to_array(substring(${text} from ${sql.raw(`'${VERSION_PATTERN}'`)}), '.')::int[]`;

/** One requirement as a condition; "unknown" in SQL counts as false there, so it is only used under `where`. */
export function requirementCondition(requirement: SelectorRequirement, thing: Described): SQL {
  if (!("fact" in requirement)) {
    const value = labelSql(thing, requirement.key);
    switch (requirement.operator) {
      case "exists":
        return sql`(${value} is not null)`;
      case "absent":
        return sql`(${value} is null)`;
      case "in":
        return inArray(value, requirement.values);
      case "notin":
        return or(sql`${value} is null`, not(inArray(value, requirement.values))) ?? sql`true`;
    }
  }
  const value = factSql(thing, requirement.key);
  switch (requirement.operator) {
    case "exists":
      return sql`(${value} is not null)`;
    case "absent":
      return sql`(${value} is null)`;
    case "in":
      return anyOf(value, requirement);
    case "notin":
      return sql`(not coalesce(${anyOf(value, requirement)}, false))`;
    default:
      return requirement.fact === "number"
        ? sql`(${value} ${signs[requirement.operator]} ${quantityOf(requirement.value)}::float8)`
        : compareVersions(value, requirement.operator, requirement.value);
  }
}

const signs: Record<Comparison | "=", SQL> = {
  "<": sql`<`,
  "<=": sql`<=`,
  ">": sql`>`,
  ">=": sql`>=`,
  "=": sql`=`,
};

/** In as many parts as are written: 1.31.5 is 1.31, and not greater than it. */
function compareVersions(value: SQL, operator: Comparison | "=", wanted: string): SQL {
  const parts = versionParts(wanted) ?? [];
  return sql`((${versionSql(value)})[1:${sql.raw(String(parts.length))}] ${signs[operator]} ${sql.param(parts)}::int[])`;
}

function anyOf(value: SQL, requirement: { fact: string; values: FactValue[] }): SQL {
  const { fact, values } = requirement;
  if (fact === "number")
    return inArray(
      value,
      values.map(({ text }) => quantityOf(text)),
    );
  const isRange = ({ text, isQuoted }: FactValue) => fact === "version" && !isQuoted && isPlainVersion(text);
  const exact = values.filter((one) => !isRange(one)).map(({ text }) => text);
  const conditions = [
    ...(exact.length > 0 ? [inArray(value, exact)] : []),
    ...values.filter(isRange).map(({ text }) => compareVersions(value, "=", text)),
  ];
  return sql`(${sql.join(conditions, sql` or `)})`;
}
