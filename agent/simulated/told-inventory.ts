import { deflateRawSync } from "node:zlib";
import type { ClusterItems } from "@/contract/cluster/items";
import { addShares, EMPTY_STATE, type InventoryChange } from "@/contract/inventory";
import { shareOf } from "@/contract/inventory-share";
import type { InventoryMessage } from "@/contract/messages";

/** Kind, newline, key → share of the state's name. */
type Shares = Map<string, bigint>;
type Change = Omit<InventoryMessage, "id" | "sequence" | "type"> & { type: "inventory" };

function sharesOf(items: ClusterItems): Shares {
  const shares: Shares = new Map();
  for (const [kind, ofKind] of Object.entries(items)) {
    for (const [key, item] of ofKind) shares.set(`${kind}\n${key}`, shareOf(kind, key, item));
  }
  return shares;
}

const stateOf = (shares: Shares): bigint => [...shares.values()].reduce(addShares, EMPTY_STATE);

/** Everything, as one part that is the first and the last. */
export function wholeInventory(clusterUid: string, items: ClusterItems): Change {
  const target = stateOf(sharesOf(items));
  return message(clusterUid, { isFirst: true, isLast: true }, { base: EMPTY_STATE, target }, items, () => true, []);
}

/** The word that what was told is still all: stored when the gateway has exactly this, refused when it has not. */
export function confirmedInventory(clusterUid: string, items: ClusterItems): Change {
  const state = stateOf(sharesOf(items));
  return message(clusterUid, null, { base: state, target: state }, items, () => false, []);
}

/** What is other now than it was; null for nothing. */
export function changedInventory(clusterUid: string, before: ClusterItems, after: ClusterItems): Change | null {
  const [known, wanted] = [sharesOf(before), sharesOf(after)];
  const [base, target] = [stateOf(known), stateOf(wanted)];
  if (base === target) return null;
  const gone = [...known.keys()].filter((name) => !wanted.has(name));
  return message(clusterUid, null, { base, target }, after, (name) => known.get(name) !== wanted.get(name), gone);
}

function message(
  clusterUid: string,
  part: Change["part"],
  states: Pick<Change, "base" | "target">,
  items: ClusterItems,
  isPut: (name: string) => boolean,
  gone: readonly string[],
): Change {
  const change: InventoryChange = { clusterUid, put: {}, drop: {} };
  for (const [kind, ofKind] of Object.entries(items)) {
    const put = [...ofKind].filter(([key]) => isPut(`${kind}\n${key}`));
    if (put.length > 0) change.put[kind] = Object.fromEntries(put);
  }
  for (const name of gone) {
    const at = name.indexOf("\n");
    const kind = name.slice(0, at);
    change.drop[kind] = [...(change.drop[kind] ?? []), name.slice(at + 1)];
  }
  return { type: "inventory", part, ...states, payload: deflateRawSync(JSON.stringify(change)) };
}
