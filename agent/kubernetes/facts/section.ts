import type { ClusterView } from "@/agent/kubernetes/cluster-view";
import type { ResourceName } from "@/agent/kubernetes/resources";
import type { ItemKind, ItemOf } from "@/contract/cluster/items";

/** What facts are computed from: a resource, or what the API server says of itself. */
export type Source = ResourceName | "api";

/** What is computed once and used by several sections. Time plays no part in it. */
export type Derived<T> = {
  /** With what the derived ones that it uses read. */
  reads: readonly Source[];
  compute: (reader: Reader) => T;
};

export type Reader = {
  view: ClusterView;
  /** The result of something derived; the same until a resource that it reads changes. */
  get: <T>(derived: Derived<T>) => T;
};

/** What a section may look at. */
export type Sight = Reader & {
  /** Seconds since 1970. */
  nowSeconds: number;
  /**
   * Says that the judgement is another one from this second on, although no object changes. Moments that are over
   * are ignored.
   */
  changesAt: (second: number) => void;
};

export type Told = { [K in ItemKind]?: Map<string, ItemOf<K>> };

/** A part of what is told of a cluster that is computed anew when one of the resources that it reads changed. */
export type Section = {
  reads: readonly Source[];
  /** Stands before this one in the table, and makes this one be computed anew when it was. */
  after?: Section;
  /** @param told by the section that this one comes after */
  describe: (sight: Sight, told: Told) => Told;
};
