import { and, or, type SQL, sql } from "drizzle-orm";
import type { FactName, SubjectKind } from "@/contract/facts";
import { parseSelector, SelectorError, type SelectorRequirement } from "@/contract/selector";
import { type Transaction, withTenant } from "@/db/client";
import { type Caller, visibleSites } from "@/server/access/caller";
import { factSql, labelSql, requirementCondition } from "@/server/access/selector-sql";
import { LABEL_TEXT_PATTERN } from "@/server/clusters/model";
import { DomainError } from "@/server/errors";
import { type Dimension, factOf } from "./model";

/** A kind of thing as lists, facets, groups, previews and exports read it. Every one of them starts from `listFilter`. */
export type ListSubject<K extends SubjectKind = SubjectKind> = {
  kind: K;
  /** Tables with their joins; `sites` is among them. */
  from: SQL;
  /** Of a row, as text. */
  id: SQL;
  name: SQL;
  /** Where its labels stand: its own first, then those that it takes over. */
  labels: readonly SQL[];
  facts: Readonly<Record<FactName<K>, SQL>>;
  /** Texts that the search looks into. */
  search: readonly SQL[];
  /** Where its labels can be read once for many rows; `from` where it is left out. */
  labelled?: SQL;
  firstSort: string;
  /** Orders of columns that are neither a label nor a fact, by the column's id. */
  sorts: Readonly<Record<string, SQL>>;
  /** What is known of a row is of now. */
  isKnown: SQL;
  /** Its state in one word, and all words, the worst first. */
  state: SQL;
  states: readonly string[];
  /** Rows that each stand for many of these, so that what asks for nothing of a single one is counted without reading all. */
  wholes?: {
    from: SQL;
    /** Facts that all rows of a whole share; so they do labels. */
    facts: readonly string[];
    total: SQL;
    known: SQL;
  };
};

/** As this caller, with all statements over one state of the database: what is counted is what is listed. */
export function asOneMoment<T>(caller: Caller, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { database, orgId, userId } = caller;
  return withTenant(database, { orgId, userId }, work, { isolationLevel: "repeatable read" });
}

/** What a list is limited to. */
export type Limits = { selector: string; search: string };

/** @throws DomainError invalid `selector` */
export function readSelector(text: string, kind: SubjectKind): SelectorRequirement[] {
  try {
    return parseSelector(text, kind);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new DomainError("invalid", "selector", { details: error.message });
  }
}

/** What a search in a pattern of `ilike` looks for, with the pattern's own signs taken as they are. */
export const likePattern = (text: string): string =>
  `%${text.trim().replaceAll(/[\\%_]/g, (character) => `\\${character}`)}%`;

/** One requirement of a selector of this kind. */
export const conditionOf = (subject: ListSubject, requirement: SelectorRequirement): SQL =>
  requirementCondition(requirement, subject);

/** The rows that contain this text; one that is a label, `key=value`, also finds what has it. */
export function searchCondition(subject: ListSubject, search: string): SQL | undefined {
  if (search.trim() === "") return undefined;
  const pattern = likePattern(search);
  const [, key, value] = LABEL_TEXT_PATTERN.exec(search) ?? [];
  return or(
    ...subject.search.map((text) => sql`${text} ilike ${pattern}`),
    key === undefined ? undefined : sql`${labelSql(subject, key)} = ${value}`,
  );
}

/** Rows that stand for many, where they answer for this selector and search as well as all rows would. */
export function wholesFor(subject: ListSubject, { selector, search }: Limits): ListSubject["wholes"] {
  const { wholes } = subject;
  if (!wholes || search.trim() !== "") return undefined;
  const requirements = readSelector(selector, subject.kind);
  return requirements.every((one) => !("fact" in one) || wholes.facts.includes(one.key)) ? wholes : undefined;
}

/**
 * The rows of a list: at sites that this caller may see, that the selector matches and that contain the text.
 * @throws DomainError invalid `selector`
 */
export function listFilter(caller: Caller, subject: ListSubject, { selector, search }: Limits): SQL {
  const requirements = readSelector(selector, subject.kind);
  const conditions = requirements.map((requirement) => conditionOf(subject, requirement));
  return and(visibleSites(caller), ...conditions, searchCondition(subject, search)) ?? sql`true`;
}

/**
 * The value of a label or fact.
 * @throws DomainError invalid `dimension` for a fact that this kind of thing does not have
 */
export function dimensionSql(subject: ListSubject, dimension: Dimension): SQL {
  const fact = factOf(dimension);
  if (fact === null) return labelSql(subject, dimension);
  if (!Object.hasOwn(subject.facts, fact)) throw new DomainError("invalid", "dimension", { dimension });
  return factSql(subject, fact);
}
