import type { Kept, ResourceName } from "./resources";

/**
 * What the agent knows of its cluster, as facts are computed from it. Only reduced objects are held (`resources.ts`
 * says what is kept of each kind), and each resource says how much its objects can be trusted.
 *
 *     const view: ClusterView = cluster.view;
 *     view.onChange((changed) => { if (changed.has("nodes")) recompute(); });
 *     const state = view.state("volumes.longhorn.io");
 *     if (state.status === "absent") …                    // Longhorn is not installed: that is known
 *     if (isKnown(state)) for (const volume of view.list("volumes.longhorn.io").values()) volume.status?.robustness
 *     else …                                              // unknown, and state says why; never an empty list
 *
 * Rules for who reads it:
 * - `list` of a resource that is not known is empty and means nothing. Ask `state` first.
 * - `failing` with `heardAtMs` keeps the objects of that moment: they are old, show their age.
 * - Within one turn of the event loop the view does not change; keep no reference to an object over `await`.
 * - Objects are replaced, never changed: the same reference is the same content.
 * - A field that is `undefined` is unknown.
 */
export type ClusterView = {
  /** By `namespace/name`, or `name` for what has no namespace. */
  list<N extends ResourceName>(name: N): ReadonlyMap<string, Kept<N>>;
  state(name: ResourceName): ResourceState;
  /** What the API server says of itself. */
  readonly api: ApiState;
  /**
   * Tells what changed, objects or state, since the last call; `api` stands for the API server. Many changes are one
   * call: at most one in half a second.
   * @returns stops it
   */
  onChange(listener: (changed: ReadonlySet<ResourceName | "api">) => void): () => void;
};

/** Moments are milliseconds since 1970 of the edge's own clock. */
export type ResourceState =
  /** Not read to the end yet, since the agent started. */
  | { status: "waiting"; sinceMs: number }
  /** Read and followed. `heardAtMs`: when the server last confirmed that this is all. */
  | { status: "synced"; sinceMs: number; version: string; heardAtMs: number; left: LeftOut }
  /** Read before, or never (`heardAtMs` null), and not to be read now. */
  | { status: "failing"; sinceMs: number; reason: string; heardAtMs: number | null; left: LeftOut }
  /** The agent may not read it; nothing is known, also not whether there is any. */
  | { status: "denied"; sinceMs: number; reason: string }
  /** The API server does not serve it: what it belongs to is not installed. That is knowledge. */
  | { status: "absent"; sinceMs: number }
  /** Served, but only in versions that this agent does not know: there is something, and it is not read. */
  | { status: "version not known"; sinceMs: number; served: readonly string[] };

/** Objects that exist and are not in `list`. */
export type LeftOut = {
  /** Over the bound of a kind that has one. */
  overBound: number;
  /** Without a name, or not an object at all. */
  unreadable: number;
};

export type ApiState = {
  /** `gitVersion` of the API server; null: not known yet. */
  gitVersion: string | null;
  /** Group → served versions, preferred first. The core group is "". Null: not known yet. */
  groups: ReadonlyMap<string, readonly string[]> | null;
  /** When discovery last succeeded. */
  heardAtMs: number | null;
  /** Set while the API server cannot be asked what it serves. */
  failing: { sinceMs: number; reason: string } | null;
};

/** True when `list` says something: all there is, now or (`failing`) at `heardAtMs`; an absent API has no objects. */
export function isKnown(state: ResourceState): boolean {
  return (
    state.status === "synced" || state.status === "absent" || (state.status === "failing" && state.heardAtMs !== null)
  );
}
