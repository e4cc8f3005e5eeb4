import { z } from "zod";
import { SUPPORT_STATES } from "./model";

/** Whether a version is still supported by those who make it, on the day that it was asked. */
export const Support = z.object({
  state: z.enum(SUPPORT_STATES),
  /** Whose dates these are; another one than the version's own when `isDerived`. */
  product: z.string(),
  cycle: z.string().nullable(),
  /** Null with the state `supported`: no end is announced. */
  ends: z.string().nullable(),
  /** Support at a price beyond that day. */
  extendedEnds: z.string().nullable(),
  /** No dates of the distribution itself are known: those of the Kubernetes that it contains. */
  isDerived: z.boolean(),
  /** Null where nothing is known of the product. */
  source: z.string().nullable(),
  sourceUrl: z.string().nullable(),
  asOf: z.string().nullable(),
});
export type Support = z.infer<typeof Support>;
