import { deflateRawSync } from "node:zlib";
import type { ItemKind } from "@/contract/cluster/items";
import { addShares, EMPTY_STATE } from "@/contract/inventory";
import { shareOf } from "@/contract/inventory-share";
import type { InventoryMessage } from "@/contract/messages";

/** Kind → key → item. */
export type TestItems = Partial<Record<ItemKind, Record<string, unknown>>>;

/** The name of the state that consists of these items. */
export function stateOf(items: TestItems): bigint {
  let state = EMPTY_STATE;
  for (const [kind, ofKind] of Object.entries(items)) {
    for (const [key, item] of Object.entries(ofKind)) state = addShares(state, shareOf(kind, key, item));
  }
  return state;
}

type Unnumbered = Omit<InventoryMessage, "id">;

/** A message from one state to the next; `put` and `drop` say what is between them. */
export function inventoryMessage(
  states: { base: bigint; target: bigint },
  put: TestItems,
  change: { drop?: Record<string, string[]>; part?: InventoryMessage["part"]; clusterUid?: string } = {},
): Unnumbered {
  const { drop = {}, part = null, clusterUid = "uid" } = change;
  const payload = deflateRawSync(JSON.stringify({ clusterUid, put, drop }));
  return { type: "inventory", sequence: 1, part, ...states, payload };
}

/** Everything in one message. */
export const wholeMessage = (items: TestItems, clusterUid = "uid"): Unnumbered =>
  inventoryMessage({ base: EMPTY_STATE, target: stateOf(items) }, items, {
    part: { isFirst: true, isLast: true },
    clusterUid,
  });

export const source = (status = "synced") => ({ status, since: 1_700_000_000 });

/** A node that is well, as it is told. */
export function nodeItem(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    bootId: "boot-1",
    roles: ["control-plane"],
    kubeletVersion: "v1.33.1+k3s1",
    isSchedulable: true,
    taints: [],
    conditions: { Ready: { status: "True" } },
    capacity: { cpu: 4, memory: 8_000_000_000 },
    allocatable: { cpu: 4, memory: 7_500_000_000 },
    requested: { cpuCores: 1, memoryBytes: 1_000_000_000 },
    labels: {},
    health: "healthy",
    reasons: [],
    ...change,
  };
}
