import { FACTS, type FactType, type SubjectKind } from "@/contract/facts";
import { factValueOf, formatSelector, parseSelector, type SelectorRequirement } from "@/contract/selector";
import { type Dimension, factOf } from "@/server/lists/model";

const isOf = (requirement: SelectorRequirement, dimension: Dimension): boolean =>
  ("fact" in requirement ? `@${requirement.key}` : requirement.key) === dimension;

function requirementOf(kind: SubjectKind, dimension: Dimension, values: readonly string[]): SelectorRequirement {
  const key = factOf(dimension);
  if (key === null) return { key: dimension, operator: "in", values: [...values] };
  const types: Readonly<Record<string, FactType>> = FACTS[kind];
  const fact = types[key] ?? "text";
  return { fact, key, operator: "in", values: values.map((value) => factValueOf(value, fact)) };
}

function chosen(requirements: readonly SelectorRequirement[], dimension: Dimension): string[] {
  const own = requirements.find((one) => one.operator === "in" && isOf(one, dimension));
  if (own?.operator !== "in") return [];
  return own.values.map((value) => (typeof value === "string" ? value : value.text));
}

/** The selector after a value of a facet was chosen or let go; null where the selector cannot be read. */
export function withValue(selector: string, kind: SubjectKind, dimension: Dimension, value: string): string | null {
  const requirements = read(selector, kind);
  if (!requirements) return null;
  const before = chosen(requirements, dimension);
  const values = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  return replaced(requirements, dimension, values.length > 0 ? requirementOf(kind, dimension, values) : null);
}

/** The same for "not set", which goes with no value. */
export function withMissing(selector: string, kind: SubjectKind, dimension: Dimension): string | null {
  const requirements = read(selector, kind);
  if (!requirements) return null;
  const isChosen = requirements.some((one) => one.operator === "absent" && isOf(one, dimension));
  const [absent] = read(`!${dimension}`, kind) ?? [];
  return replaced(requirements, dimension, isChosen ? null : (absent ?? null));
}

function read(selector: string, kind: SubjectKind): SelectorRequirement[] | null {
  try {
    return parseSelector(selector, kind);
  } catch {
    return null;
  }
}

/** In its place where it stood before, else at the end. */
function replaced(
  requirements: readonly SelectorRequirement[],
  dimension: Dimension,
  choice: SelectorRequirement | null,
): string {
  const isChoice = (one: SelectorRequirement) =>
    isOf(one, dimension) && (one.operator === "in" || one.operator === "absent");
  const at = requirements.findIndex(isChoice);
  const next = requirements.flatMap((one, index) => {
    if (!isChoice(one)) return [one];
    return index === at && choice ? [choice] : [];
  });
  return formatSelector(at < 0 && choice ? [...next, choice] : next);
}
