// As a namespace: the agent's bundle then holds only what it uses of zod.
import * as z from "zod";

/**
 * How the items of a cluster (`cluster/items.ts`) travel: the whole once, and from then on what changed, each change
 * built on a state that both sides name by its hash. Where the names differ, the gateway asks for the whole again, so
 * that no lost or doubled change is ever left standing.
 */

/** Bytes of the name of a state. */
export const STATE_HASH_BYTES = 8;
/** The state in which nothing is told. */
export const EMPTY_STATE = 0n;

/** Kind → key → item; items are checked by their own schemas, one by one. */
export const InventoryChange = z.object({
  /** UID of the namespace `kube-system`: what a cluster is known by. */
  clusterUid: z.string().min(1).max(100),
  put: z.record(z.string().max(60), z.record(z.string().min(1).max(800), z.unknown())),
  drop: z.record(z.string().max(60), z.array(z.string().max(800)).max(50_000)),
});
export type InventoryChange = z.infer<typeof InventoryChange>;

/** The text whose SHA-256 (its first eight bytes, big-endian) is an item's share of the state's name. */
export function itemText(kind: string, key: string, item: unknown): string {
  return `${kind}\n${key}\n${canonicalJson(item)}`;
}

/** A state's name is the sum of its items' shares, modulo 2^64: order does not matter, and a change is two additions. */
export const addShares = (state: bigint, share: bigint): bigint => BigInt.asUintN(64, state + share);
export const takeShare = (state: bigint, share: bigint): bigint => BigInt.asUintN(64, state - share);

/** JSON with the keys of objects in order of their code units, and without what is undefined. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
  return `{${entries.join()}}`;
}
