import { isDeepStrictEqual } from "node:util";
import type { ClusterView } from "@/agent/kubernetes/cluster-view";
import { type ClusterItems, ITEM_KINDS, type ItemKind } from "@/contract/cluster/items";
import type { Derived, Reader, Section, Source, Told } from "./section";
import { SECTIONS } from "./sections";

/** All that is told of a cluster at a moment. */
export type Description = {
  items: ClusterItems;
  /** The second from which a judgement is another one although no object changed; null when there is none. */
  dueAt: number | null;
};

type Computed = { told: Told; dueAt: number | null };

/**
 * Computes what is told of a cluster, and after a change only what depends on what changed. An item that is the same as
 * before is the same object as before, and so is the map of a kind of which nothing changed: to find what is to be
 * sent, references are compared.
 */
export class ClusterFacts {
  readonly #view: ClusterView;
  readonly #sections: readonly Section[];
  readonly #derived = new Map<Derived<unknown>, unknown>();
  readonly #computed = new Map<Section, Computed>();
  #items: ClusterItems = {};

  constructor(view: ClusterView, sections: readonly Section[] = SECTIONS) {
    this.#view = view;
    this.#sections = sections;
  }

  /**
   * @param changed what changed in the view since the last call; what was never computed is computed in any case
   * @param nowSeconds seconds since 1970
   */
  describe(changed: ReadonlySet<Source>, nowSeconds: number): Description {
    const isTouched = ({ reads }: { reads: readonly Source[] }) => reads.some((source) => changed.has(source));
    for (const derived of this.#derived.keys()) if (isTouched(derived)) this.#derived.delete(derived);
    const touched = new Set<ItemKind>();
    const renewed = new Set<Section>();
    for (const section of this.#sections) {
      const before = this.#computed.get(section);
      const isDue = before?.dueAt != null && before.dueAt <= nowSeconds;
      const isAfterRenewed = section.after !== undefined && renewed.has(section.after);
      if (before && !isDue && !isAfterRenewed && !isTouched(section)) continue;
      const computed = this.#compute(section, nowSeconds);
      renewed.add(section);
      for (const kind of ITEM_KINDS) if (keepSame(before?.told[kind], computed.told[kind])) touched.add(kind);
      this.#computed.set(section, computed);
    }
    this.#join(touched);
    const dues = [...this.#computed.values()].flatMap(({ dueAt }) => dueAt ?? []);
    return { items: this.#items, dueAt: dues.length > 0 ? Math.min(...dues) : null };
  }

  #compute(section: Section, nowSeconds: number): Computed {
    let dueAt: number | null = null;
    const changesAt = (second: number) => {
      // A judgement is made for whole seconds.
      const whole = Math.ceil(second);
      if (whole > nowSeconds) dueAt = Math.min(dueAt ?? whole, whole);
    };
    const before = (section.after && this.#computed.get(section.after)?.told) ?? {};
    const told = section.describe({ ...this.reader, nowSeconds, changesAt }, before);
    return { told, dueAt };
  }

  /** For who computes something beside the items from the same parts; as of the last description. */
  get reader(): Reader {
    return {
      view: this.#view,
      get: <T>(derived: Derived<T>): T => {
        if (!this.#derived.has(derived)) this.#derived.set(derived, derived.compute(this.reader));
        return this.#derived.get(derived) as T;
      },
    };
  }

  #join(touched: ReadonlySet<ItemKind>): void {
    if (touched.size === 0) return;
    const items: Record<string, ReadonlyMap<string, unknown>> = { ...this.#items };
    for (const kind of touched) {
      const joined = new Map<string, unknown>();
      for (const { told } of this.#computed.values()) {
        for (const [key, item] of told[kind] ?? []) joined.set(key, item);
      }
      items[kind] = joined;
    }
    this.#items = items as ClusterItems;
  }
}

/** What is told of a cluster, all of it. */
export function describeCluster(view: ClusterView, nowSeconds: number): Description {
  return new ClusterFacts(view).describe(new Set(), nowSeconds);
}

/** Puts the objects of before in place of equal ones of now. @returns whether anything is different */
function keepSame(before: Map<string, unknown> | undefined, now: Map<string, unknown> | undefined): boolean {
  let isDifferent = (before?.size ?? 0) !== (now?.size ?? 0);
  for (const [key, item] of now ?? []) {
    const known = before?.get(key);
    if (known !== undefined && isDeepStrictEqual(known, item)) now?.set(key, known);
    else isDifferent = true;
  }
  return isDifferent;
}
