import { describe, expect, it } from "vitest";
import { number, object } from "./fields";
import { kind } from "./kind";
import { ResourceStore } from "./resource-store";
import type { KeptObject } from "./resources";

const thing = (name: string, size?: unknown) => ({ metadata: { name, namespace: "n" }, spec: { size } });

function makeStore(max?: number) {
  const clock = { nowMs: 1000 };
  const changes = { count: 0 };
  const sized = kind(["v1"], { spec: object({ size: number }) });
  const bound = max === undefined ? {} : { bound: { max, newestBy: (kept: Kept) => kept.spec?.size } };
  const store = new ResourceStore(
    { ...sized, ...bound } as never,
    () => clock.nowMs,
    () => {
      changes.count += 1;
    },
  );
  return { store, clock, changes };
}

type Kept = KeptObject & { spec?: { size?: number } };

function fill(store: ResourceStore, ...objects: unknown[]): void {
  store.beginList();
  for (const one of objects) store.put(one);
  store.endList("v1");
}

describe("the store of a resource", () => {
  it("knows nothing before the first list is whole", () => {
    const { store } = makeStore();
    expect(store.state).toEqual({ status: "waiting", sinceMs: 1000 });
    store.beginList();
    store.put(thing("a"));
    expect(store.state.status).toBe("waiting");
    store.fail("cut off");
    expect(store.state).toMatchObject({ status: "failing", heardAtMs: null, reason: "cut off" });
  });

  it("drops with a new list what the list no longer has, and keeps the same object for the same content", () => {
    const { store, changes } = makeStore();
    fill(store, thing("a", 1), thing("b", 2), thing("c", 3));
    const before = new Map(store.objects);
    changes.count = 0;
    fill(store, thing("b", 2), thing("c", 4));
    expect([...store.objects.keys()]).toEqual(["n/b", "n/c"]);
    expect(store.objects.get("n/b")).toBe(before.get("n/b"));
    expect(store.objects.get("n/c")).not.toBe(before.get("n/c"));
    // Of b nothing is told: c changed, a went, the list ended.
    expect(changes.count).toBe(3);
  });

  it("keeps objects and the moment they are from while it fails, and since when it does", () => {
    const { store, clock } = makeStore();
    fill(store, thing("a"));
    clock.nowMs = 2000;
    store.heard();
    clock.nowMs = 3000;
    store.fail("refused");
    clock.nowMs = 4000;
    store.fail("reset");
    expect(store.state).toMatchObject({ status: "failing", sinceMs: 3000, heardAtMs: 2000, reason: "reset" });
    expect(store.objects.size).toBe(1);
    clock.nowMs = 5000;
    store.heard();
    expect(store.state).toMatchObject({ status: "synced", sinceMs: 5000, heardAtMs: 5000, version: "v1" });
  });

  it.each<[string, (store: ResourceStore) => void]>([
    ["denied", (store) => store.deny("403")],
    ["absent", (store) => store.markAbsent()],
    ["version not known", (store) => store.markVersionNotKnown(["v9"])],
  ])("holds nothing when %s", (status, mark) => {
    const { store, clock, changes } = makeStore();
    fill(store, thing("a"));
    mark(store);
    expect(store.state.status).toBe(status);
    expect(store.objects.size).toBe(0);
    changes.count = 0;
    clock.nowMs = 9000;
    mark(store);
    expect(store.state.sinceMs).toBe(1000);
    expect(changes.count).toBe(0);
    store.heard();
    expect(store.state.status).toBe(status);
  });

  it("counts what it cannot read instead of passing over it", () => {
    const { store } = makeStore();
    fill(store, thing("a"), { metadata: {} }, null);
    expect(store.state).toMatchObject({ left: { unreadable: 2, overBound: 0 } });
    store.put({ metadata: { name: 7 } });
    expect(store.state).toMatchObject({ left: { unreadable: 3 } });
  });

  it("with a bound keeps the newest and says how many it left out", () => {
    const { store } = makeStore(2);
    fill(store, thing("a", 5), thing("b", 1), thing("c", 9), thing("d", 3));
    expect([...store.objects.keys()]).toEqual(["n/a", "n/c"]);
    expect(store.state).toMatchObject({ left: { overBound: 2 } });
    store.remove(thing("b"));
    store.remove(thing("a"));
    expect([...store.objects.keys()]).toEqual(["n/c"]);
    expect(store.state).toMatchObject({ left: { overBound: 1 } });
    store.put(thing("d", 10));
    expect(store.state).toMatchObject({ left: { overBound: 0 } });
  });
});
