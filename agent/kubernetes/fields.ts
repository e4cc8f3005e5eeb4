import * as z from "zod";
import { parseQuantity } from "./quantity";

/**
 * The pieces that the kept part of an object is described with (`kinds/`). What is described keeps the paths of the
 * Kubernetes API, so that a rule reads as the documentation of the system does; what is not described is not kept.
 * A field that is absent, or that is not of the type we know, is `undefined`: unknown, never a default.
 */

/** Longest text that is kept, in characters: messages of operators hold whole stack traces. */
const TEXT_MAX = 512;
/** Most entries of one list that are kept. */
const ENTRIES_MAX = 1000;

const pool = new Map<string, string>();
const POOL_MAX = 20_000;

/** One copy in memory of what thousands of objects say alike: node names, images, reasons, label values. */
export function pooled(value: string): string {
  const known = pool.get(value);
  if (known !== undefined) return known;
  if (pool.size >= POOL_MAX) pool.clear();
  pool.set(value, value);
  return value;
}

export const text = z
  .string()
  .transform((value) => pooled(value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}…` : value))
  .optional()
  .catch(undefined);

export const number = z.number().optional().catch(undefined);

export const flag = z.boolean().optional().catch(undefined);

/** A quantity of Kubernetes ("10Gi", "250m", 3) as a plain number: bytes, cores, pieces. */
export const quantity = z
  .union([z.string(), z.number()])
  .transform((value) => parseQuantity(value))
  .optional()
  .catch(undefined);

/** A moment in RFC 3339 as seconds since 1970. */
export const moment = z
  .string()
  .transform((value) => {
    const milliseconds = Date.parse(value);
    return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
  })
  .optional()
  .catch(undefined);

/** A text or a number: ports, percentages ("maxUnavailable: 25%" or 1). */
export const textOrNumber = z.union([z.string(), z.number()]).optional().catch(undefined);

export function object<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape).optional().catch(undefined);
}

export function list<T extends z.ZodType>(entry: T) {
  return z
    .array(entry)
    .transform((entries) => (entries.length > ENTRIES_MAX ? entries.slice(0, ENTRIES_MAX) : entries))
    .optional()
    .catch(undefined);
}

export function map<T extends z.ZodType>(entry: T) {
  return z.record(z.string(), entry).optional().catch(undefined);
}

/** Labels, selectors, parameters. */
export const textMap = map(text);

/** The entries whose key is one of these, or begins with one of these that ends with `/` or `.`. */
export function textMapOf(...keys: readonly string[]) {
  const exact = new Set(keys);
  const prefixes = keys.filter((key) => key.endsWith("/") || key.endsWith("."));
  const isKept = (key: string) => exact.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
  return z
    .record(z.string(), z.unknown())
    .transform((all) => {
      const kept: Record<string, string> = {};
      for (const [key, value] of Object.entries(all)) {
        if (typeof value === "string" && isKept(key)) kept[key] = pooled(value.slice(0, TEXT_MAX));
      }
      return kept;
    })
    .optional()
    .catch(undefined);
}

/** `status.conditions` as Kubernetes and its operators write them. */
export const conditions = list(
  object({ type: text, status: text, reason: text, message: text, lastTransitionTime: moment }),
);

/** Flux, cert-manager and others also say which generation a condition speaks of. */
export const observedConditions = list(
  object({
    type: text,
    status: text,
    reason: text,
    message: text,
    lastTransitionTime: moment,
    observedGeneration: number,
  }),
);

/** A label selector with its expressions. */
export const selector = object({
  matchLabels: textMap,
  matchExpressions: list(object({ key: text, operator: text, values: list(text) })),
});

/** How many entries there are, where they themselves are not needed. */
export const size = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .transform((all) => (Array.isArray(all) ? all.length : Object.keys(all).length))
  .optional()
  .catch(undefined);

/** An address without the user and password that may stand in it. */
export const address = z
  .string()
  .transform((value) => value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1").slice(0, TEXT_MAX))
  .optional()
  .catch(undefined);

/** The owner that is responsible, of `metadata.ownerReferences`. */
export const owners = list(object({ kind: text, name: text, controller: flag }));
