import { parseQuantity } from "./quantity";

/**
 * The pieces that the kept part of an object is described with (`kinds/`). What is described keeps the paths of the
 * Kubernetes API, so that a rule reads as the documentation of the system does; what is not described is not kept.
 * A field that is absent, or that is not of the type we know, is `undefined`: unknown, never a default. Nothing here
 * throws: decision 0021 says why it is not the schema library of the rest.
 */
export type Field<T> = {
  /** The kept part of a value; undefined when the value is not what it should be. */
  (value: unknown): T | undefined;
  /** What it reads of an object, of each entry of a list, of each value of a map: to compare with published schemas. */
  readonly reads: Reads;
};

export type Reads =
  | { type: "string" | "number" | "boolean" | "scalar" | "any" }
  | { type: "object"; shape: Record<string, Reads> }
  | { type: "list" | "map"; of: Reads };

export type Shape = Record<string, Field<unknown>>;
export type KeptOf<S extends Shape> = { -readonly [K in keyof S]?: ReturnType<S[K]> };

/** Longest text that is kept, in characters: messages of operators hold whole stack traces. */
const TEXT_MAX = 512;
/** Most entries of one list or map that are kept. */
const ENTRIES_MAX = 1000;
const POOL_MAX = 20_000;

const pool = new Map<string, string>();

/** One copy in memory of what thousands of objects say alike: node names, images, reasons, label values. */
function pooled(value: string): string {
  const known = pool.get(value);
  if (known !== undefined) return known;
  if (pool.size >= POOL_MAX) pool.clear();
  pool.set(value, value);
  return value;
}

function field<T>(reads: Reads, read: (value: unknown) => T | undefined): Field<T> {
  return Object.assign((value: unknown) => read(value), { reads });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A text that hardly two objects have alike: names, ids, messages. */
export const ownText = field({ type: "string" }, (value) => {
  if (typeof value !== "string") return undefined;
  return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}…` : value;
});

/** A text that many objects have alike: reasons, nodes, images, classes. */
export const text = field({ type: "string" }, (value) => {
  const own = ownText(value);
  return own === undefined ? undefined : pooled(own);
});

export const number = field({ type: "number" }, (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined,
);

export const flag = field({ type: "boolean" }, (value) => (typeof value === "boolean" ? value : undefined));

/** A quantity of Kubernetes ("10Gi", "250m", 3) as a plain number: bytes, cores, pieces. */
export const quantity = field({ type: "scalar" }, (value) =>
  typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined,
);

/** A moment in RFC 3339 as seconds since 1970. */
export const moment = field({ type: "string" }, (value) => {
  const milliseconds = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
});

/** A text or a number: ports, percentages ("maxUnavailable: 25%" or 1). */
export const textOrNumber = field<string | number>({ type: "scalar" }, (value) => text(value) ?? number(value));

/** An address without the user and password that may stand in it. */
export const address = field({ type: "string" }, (value) =>
  typeof value === "string" ? text(value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1")) : undefined,
);

/** How many entries there are, where they themselves are not needed. */
export const size = field({ type: "any" }, (value) => {
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : undefined;
});

export function object<S extends Shape>(shape: S): Field<KeptOf<S>> {
  const fields = Object.entries(shape);
  const reads = Object.fromEntries(fields.map(([name, { reads }]) => [name, reads]));
  return field({ type: "object", shape: reads }, (value) => {
    if (!isRecord(value)) return undefined;
    const kept: Record<string, unknown> = {};
    for (const [name, read] of fields) {
      const part = read(value[name]);
      if (part !== undefined) kept[name] = part;
    }
    return kept as KeptOf<S>;
  });
}

/** An entry that is not what it should be is left out. */
export function list<T>(entry: Field<T>): Field<T[]> {
  return field({ type: "list", of: entry.reads }, (value) => {
    if (!Array.isArray(value)) return undefined;
    const kept: T[] = [];
    for (const one of value.slice(0, ENTRIES_MAX)) {
      const part = entry(one);
      if (part !== undefined) kept.push(part);
    }
    return kept;
  });
}

export function map<T>(entry: Field<T>, isKept: (key: string) => boolean = () => true): Field<Record<string, T>> {
  return field({ type: "map", of: entry.reads }, (value) => {
    if (!isRecord(value)) return undefined;
    const kept: Record<string, T> = {};
    let count = 0;
    for (const key of Object.keys(value)) {
      const part = isKept(key) ? entry(value[key]) : undefined;
      // Set like the others, this one would become the prototype; no system has a name like it.
      if (part === undefined || count >= ENTRIES_MAX || key === "__proto__") continue;
      kept[key] = part;
      count += 1;
    }
    return kept;
  });
}

/** Labels, selectors, parameters. */
export const textMap = map(text);

/** The entries whose key is one of these, or begins with one of these that ends with `/` or `.`. */
export function textMapOf(...keys: readonly string[]): Field<Record<string, string>> {
  const exact = new Set(keys);
  const prefixes = keys.filter((key) => key.endsWith("/") || key.endsWith("."));
  return map(text, (key) => exact.has(key) || prefixes.some((prefix) => key.startsWith(prefix)));
}

const condition = { type: text, status: text, reason: text, message: ownText, lastTransitionTime: moment };

/** `status.conditions` as Kubernetes and its operators write them. */
export const conditions = list(object(condition));

/** Flux, cert-manager and others also say which generation a condition speaks of. */
export const observedConditions = list(object({ ...condition, observedGeneration: number }));

/** A label selector with its expressions. */
export const selector = object({
  matchLabels: textMap,
  matchExpressions: list(object({ key: text, operator: text, values: list(text) })),
});

/** `metadata.ownerReferences`. */
export const owners = list(object({ kind: text, name: text, controller: flag }));
