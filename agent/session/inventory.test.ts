import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterItems } from "@/contract/cluster/items";
import { EMPTY_STATE, InventoryChange } from "@/contract/inventory";
import { shareOf } from "@/contract/inventory-share";
import { Inventory } from "./inventory";

const HOUR = 3_600_000;
type Message = NonNullable<ReturnType<Inventory["next"]>>;

const inventoryOf = () =>
  new Inventory({ clusterUid: "uid", share: shareOf, deflate: (text) => Buffer.from(text, "utf8") });
const itemsOf = (nodes: Record<string, unknown>): ClusterItems =>
  ({ node: new Map(Object.entries(nodes)) }) as unknown as ClusterItems;

/** Keeps items by the same rules as the real one. */
class ModelGateway {
  items = new Map<string, unknown>();
  state = EMPTY_STATE;
  hasAny = false;
  #staged: { items: Map<string, unknown>; state: bigint } | null = null;

  take({ part, base, target, payload }: Message): "stored" | "state_unknown" {
    if (!part || (this.hasAny && this.state === target && part.isLast && !this.#staged)) {
      if (this.hasAny && this.state === target) return "stored";
      if (!this.hasAny || this.state !== base) return "state_unknown";
      this.state = apply(this.items, base, payload);
      expect(this.state).toBe(target);
      return "stored";
    }
    if (this.#staged?.state === target && !part.isLast) return "stored";
    const staged = part.isFirst ? { items: new Map(), state: EMPTY_STATE } : this.#staged;
    if (!staged || staged.state !== base) return "state_unknown";
    staged.state = apply(staged.items, base, payload);
    expect(staged.state).toBe(target);
    this.#staged = staged;
    if (part.isLast) {
      Object.assign(this, { items: staged.items, state: staged.state, hasAny: true });
      this.#staged = null;
    }
    return "stored";
  }

  forget(): void {
    Object.assign(this, { items: new Map(), state: EMPTY_STATE, hasAny: false });
    this.#staged = null;
  }
}

function apply(items: Map<string, unknown>, base: bigint, payload: Uint8Array): bigint {
  const { put, drop } = InventoryChange.parse(JSON.parse(Buffer.from(payload).toString("utf8")));
  let state = base;
  const share = (name: string) => {
    const [kind = "", key = ""] = name.split("\n");
    return items.has(name) ? shareOf(kind, key, items.get(name)) : 0n;
  };
  for (const [kind, keys] of Object.entries(drop)) {
    for (const key of keys) {
      state -= share(`${kind}\n${key}`);
      items.delete(`${kind}\n${key}`);
    }
  }
  for (const [kind, ofKind] of Object.entries(put)) {
    for (const [key, item] of Object.entries(ofKind)) {
      state += shareOf(kind, key, item) - share(`${kind}\n${key}`);
      items.set(`${kind}\n${key}`, item);
    }
  }
  return BigInt.asUintN(64, state);
}

/** Lets both talk until there is nothing more to say. */
function settle(inventory: Inventory, gateway: ModelGateway, nowMs: number): Message[] {
  const said: Message[] = [];
  for (let message = inventory.next(nowMs); message; message = inventory.next(nowMs)) {
    said.push(message);
    expect(said.length).toBeLessThan(50);
    if (gateway.take(message) === "stored") inventory.stored(nowMs);
    else inventory.refused("state_unknown", nowMs);
  }
  return said;
}

describe("what is told of a cluster", () => {
  test("is the whole once, then only what changed, and nothing while nothing does", () => {
    const [inventory, gateway] = [inventoryOf(), new ModelGateway()];
    const first = { a: { x: 1 }, b: { x: 1 } };
    inventory.set(itemsOf(first), 0);
    expect(settle(inventory, gateway, 0).map(({ part }) => part)).toEqual([null, { isFirst: true, isLast: true }]);
    expect([...gateway.items.keys()]).toEqual(["node\na", "node\nb"]);
    inventory.set(itemsOf({ ...first, b: { x: 2 } }), 1000);
    expect(settle(inventory, gateway, 2000)).toEqual([]);
    const [change] = settle(inventory, gateway, 17_000);
    expect(JSON.parse(Buffer.from(change?.payload ?? []).toString("utf8"))).toMatchObject({
      put: { node: { b: { x: 2 } } },
      drop: {},
    });
    inventory.set(itemsOf({ a: { x: 1 }, b: { x: 2 } }), 18_000);
    expect(settle(inventory, gateway, 60_000)).toEqual([]);
    expect(settle(inventory, gateway, 17_000 + HOUR)).toHaveLength(1);
    expect(gateway.items.size).toBe(2);
  });

  test("nothing is told before anything was read", () => {
    const inventory = inventoryOf();
    expect(inventory.next(0)).toBeNull();
    inventory.set({}, 0);
    expect(settle(inventory, new ModelGateway(), 0)).toHaveLength(2);
  });

  test("after a restart one short message says that nothing is other than before", () => {
    const gateway = new ModelGateway();
    const items = { a: { x: 1 } };
    const before = inventoryOf();
    before.set(itemsOf(items), 0);
    settle(before, gateway, 0);
    const after = inventoryOf();
    after.set(itemsOf(items), 0);
    const said = settle(after, gateway, 0);
    expect(said).toHaveLength(1);
    expect(said[0]?.payload.length).toBeLessThan(60);
  });

  test("a gateway with other data gets the whole, in parts that each stay small", () => {
    const [inventory, gateway] = [inventoryOf(), new ModelGateway()];
    const many = Object.fromEntries(
      Array.from({ length: 2000 }, (_, at) => [`node-${at}`, { text: "x".repeat(500), at }]),
    );
    inventory.set(itemsOf(many), 0);
    const parts = settle(inventory, gateway, 0).flatMap(({ part }) => part ?? []);
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.filter(({ isFirst }) => isFirst)).toHaveLength(1);
    expect(parts.at(-1)).toEqual({ isFirst: false, isLast: true });
    expect(gateway.items.size).toBe(2000);
    gateway.forget();
    inventory.reconnected();
    settle(inventory, gateway, 20_000);
    expect(gateway.items.size).toBe(2000);
  });

  test("whatever is lost on the way, both sides agree in the end", () => {
    const value = fc.record({ x: fc.integer({ min: 0, max: 3 }), pad: fc.constantFrom("", "y".repeat(200_000)) });
    const step = fc.oneof(
      fc.record({ do: fc.constant("set" as const), items: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value) }),
      fc.record({
        do: fc.constantFrom("send" as const, "loseMessage" as const, "loseAnswer" as const, "forget" as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [inventory, gateway] = [inventoryOf(), new ModelGateway()];
        let now = 0;
        let wanted: Record<string, unknown> = {};
        for (const one of steps) {
          now += 20_000;
          if (one.do === "set") {
            wanted = one.items;
            inventory.set(itemsOf(wanted), now);
            continue;
          }
          if (one.do === "forget") gateway.forget();
          const message = inventory.next(now);
          if (!message) continue;
          if (one.do === "loseMessage" || one.do === "forget") inventory.lost();
          else {
            const verdict = gateway.take(message);
            if (one.do === "loseAnswer") inventory.lost();
            else if (verdict === "stored") inventory.stored(now);
            else inventory.refused("state_unknown", now);
          }
          if (one.do !== "send") inventory.reconnected();
        }
        inventory.set(itemsOf(wanted), now);
        inventory.reconnected();
        settle(inventory, gateway, now + HOUR);
        expect(Object.fromEntries([...gateway.items].map(([name, item]) => [name.slice(5), item]))).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });
});
