import { z } from "zod";
import { SUBJECT_KINDS } from "@/contract/facts";
import { DIMENSION_PATTERN, DIMENSIONS_MAX, FACETS_MAX, UNFOLDED_MAX } from "./model";

/** The shapes of the lists' procedures: what goes in, what comes out. */

/** Rows of one page of a list, at most. */
export const PAGE_ROWS_MAX = 200;
export const DimensionInput = z.string().max(101).regex(DIMENSION_PATTERN);
/** Kinds of things that have a list. */
export const LISTED_KINDS = SUBJECT_KINDS.filter((kind) => kind !== "site");
export type ListedKind = Exclude<(typeof SUBJECT_KINDS)[number], "site">;

export const LimitsInput = z.object({
  selector: z.string().max(1000).default(""),
  search: z.string().max(200).default(""),
});
export type LimitsInput = z.infer<typeof LimitsInput>;

export const ListInput = LimitsInput.extend({
  /** A column's id; the first order of the list where it is left out. */
  sort: z.string().max(120).nullable().default(null),
  /** Not "direction": the infinite query of the screens sends a word of its own under that name. */
  order: z.enum(["asc", "desc"]).default("asc"),
  /** Labels and facts that rows are to carry, for their columns. */
  dimensions: z.array(DimensionInput).max(DIMENSIONS_MAX).default([]),
  groupBy: DimensionInput.nullable().default(null),
  /** Groups whose rows are wanted; null is the group of those that have no value. */
  unfolded: z.array(z.string().max(400).nullable()).max(UNFOLDED_MAX).default([]),
  /** Rows to leave out at the start; called cursor because the infinite query of the screens counts by that name. */
  cursor: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(100),
});
export type ListInput = z.infer<typeof ListInput>;

const count = z.number().int();

export const ListGroup = z.object({
  /** Null: the rows that have no such label, or whose fact is unknown. */
  value: z.string().nullable(),
  total: count,
  known: count,
  /** The worst state among its rows. */
  worst: z.string(),
});
export type ListGroup = z.infer<typeof ListGroup>;

/** A page of a list of these rows. */
export function listOf<S extends z.ZodType>(row: S) {
  return z.object({
    rows: z.array(row),
    /** Beside each row: its group, and the labels and facts that were asked for; null = not set or unknown. */
    beside: z.array(z.object({ group: z.string().nullable(), values: z.record(z.string(), z.string().nullable()) })),
    /** Rows that match in all, folded groups too. */
    total: count,
    /** How many of the total are of now. */
    known: count,
    /** How many of the total are made up by the demo fleet. */
    simulated: count,
    /** Null where the list is not grouped. */
    groups: z.array(ListGroup).nullable(),
  });
}
export type ListOf<Row> = {
  rows: Row[];
  beside: { group: string | null; values: Record<string, string | null> }[];
  total: number;
  known: number;
  simulated: number;
  groups: ListGroup[] | null;
};

export const FacetsInput = LimitsInput.extend({
  kind: z.enum(LISTED_KINDS as [ListedKind, ...ListedKind[]]),
  dimensions: z.array(DimensionInput).max(FACETS_MAX),
});
export type FacetsInput = z.infer<typeof FacetsInput>;

export const Facet = z.object({
  dimension: z.string(),
  /** The most frequent values, and those that are chosen. */
  values: z.array(z.object({ value: z.string(), count, isChosen: z.boolean() })),
  /** Values beside these. */
  others: count,
  /** Rows that have no such label, or whose fact is unknown. */
  missing: count,
  isMissingChosen: z.boolean(),
});
export type Facet = z.infer<typeof Facet>;

export const PreviewInput = z.object({ kind: z.enum(SUBJECT_KINDS), selector: z.string().max(1000) });
export type PreviewInput = z.infer<typeof PreviewInput>;

export const Preview = z.object({
  matches: count,
  /** Sites that these are at. */
  sites: count,
  /** When nothing matches: the parts that match nothing even alone, as they are written. */
  excluding: z.array(z.string()),
});
export type Preview = z.infer<typeof Preview>;

export const CompletionInput = z.object({
  kind: z.enum(SUBJECT_KINDS),
  /** Null: which labels there are. */
  dimension: DimensionInput.nullable(),
  /** What the value contains. */
  text: z.string().max(200).default(""),
});
export type CompletionInput = z.infer<typeof CompletionInput>;

export const Completion = z.array(z.object({ value: z.string(), count }));
export type Completion = z.infer<typeof Completion>;
