import { createHash } from "node:crypto";
import { itemText, STATE_HASH_BYTES } from "./inventory";

/** An item's share of the name of a state (`inventory.ts`). Apart, because browsers have no such digest. */
export function shareOf(kind: string, key: string, item: unknown): bigint {
  const digest = createHash("sha256")
    .update(itemText(kind, key, item))
    .digest();
  return digest.subarray(0, STATE_HASH_BYTES).readBigUInt64BE();
}
