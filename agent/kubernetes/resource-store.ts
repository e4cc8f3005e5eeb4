import { isDeepStrictEqual } from "node:util";
import type { ResourceState } from "./cluster-view";
import type { Kind } from "./kind";
import type { KeptObject } from "./resources";

/** The kept objects of one resource, and how much they can be trusted. */
export class ResourceStore {
  readonly objects = new Map<string, KeptObject>();
  readonly #kind: Kind<KeptObject>;
  readonly #nowMs: () => number;
  readonly #onChange: () => void;
  readonly #overBound = new Set<string>();
  readonly #unreadable = new Set<string>();
  #state: ResourceState;
  #unseen: Set<string> | null = null;

  constructor(kind: Kind<KeptObject>, nowMs: () => number, onChange: () => void) {
    this.#kind = kind;
    this.#nowMs = nowMs;
    this.#onChange = onChange;
    this.#state = { status: "waiting", sinceMs: nowMs() };
  }

  get state(): ResourceState {
    const left = { overBound: this.#overBound.size, unreadable: this.#unreadable.size };
    return "left" in this.#state ? { ...this.#state, left } : this.#state;
  }

  /** What is not put until `endList` is gone then. */
  beginList(): void {
    this.#unseen = new Set(this.objects.keys());
    this.#overBound.clear();
    this.#unreadable.clear();
  }

  endList(version: string): void {
    for (const key of this.#unseen ?? []) this.#delete(key);
    this.#unseen = null;
    const nowMs = this.#nowMs();
    const sinceMs = this.#state.status === "synced" ? this.#state.sinceMs : nowMs;
    this.#enter({ status: "synced", sinceMs, version, heardAtMs: nowMs, left: NOTHING_LEFT });
  }

  /** Takes what the API sent for an object that is there. An object that cannot be read is counted. */
  put(raw: unknown): void {
    const kept = this.#kind.reduce(raw);
    if (!kept) {
      const key = rawKey(raw) || `?${this.#unreadable.size}`;
      this.#unreadable.add(key);
      this.#unseen?.delete(key);
      this.#delete(key);
      return;
    }
    const key = keyOf(kept.metadata);
    this.#unseen?.delete(key);
    this.#unreadable.delete(key);
    this.#overBound.delete(key);
    const before = this.objects.get(key);
    if (before && isDeepStrictEqual(before, kept)) return;
    this.objects.set(key, kept);
    this.#keepBound();
    this.#onChange();
  }

  /** Takes what the API sent for an object that is gone. */
  remove(raw: unknown): void {
    const key = rawKey(raw);
    this.#overBound.delete(key);
    this.#unreadable.delete(key);
    this.#delete(key);
  }

  /** The server is there and says that this is all. */
  heard(): void {
    const { status } = this.#state;
    // Not told to listeners: only the age changed.
    if (status === "synced") this.#state = { ...this.#state, heardAtMs: this.#nowMs() } as ResourceState;
    else if (status === "failing" && this.#state.heardAtMs !== null && this.#version) this.#recover(this.#version);
  }

  fail(reason: string): void {
    const heardAtMs = "heardAtMs" in this.#state ? this.#state.heardAtMs : null;
    if (this.#state.status === "failing" && this.#state.reason === reason) return;
    const sinceMs = this.#state.status === "failing" ? this.#state.sinceMs : this.#nowMs();
    this.#enter({ status: "failing", sinceMs, reason, heardAtMs, left: NOTHING_LEFT });
  }

  deny(reason: string): void {
    this.#forget();
    if (this.#state.status !== "denied") this.#enter({ status: "denied", sinceMs: this.#nowMs(), reason });
  }

  markAbsent(): void {
    this.#forget();
    if (this.#state.status !== "absent") this.#enter({ status: "absent", sinceMs: this.#nowMs() });
  }

  markVersionNotKnown(served: readonly string[]): void {
    this.#forget();
    if (this.#state.status === "version not known" && isDeepStrictEqual(this.#state.served, served)) return;
    this.#enter({ status: "version not known", sinceMs: this.#nowMs(), served });
  }

  /** It is served (again), and not read yet. */
  wait(): void {
    this.#enter({ status: "waiting", sinceMs: this.#nowMs() });
  }

  /** Of the last good reading; a failure keeps it. */
  #version: string | null = null;

  #recover(version: string): void {
    const nowMs = this.#nowMs();
    this.#enter({ status: "synced", sinceMs: nowMs, version, heardAtMs: nowMs, left: NOTHING_LEFT });
  }

  #enter(state: ResourceState): void {
    if (state.status === "synced") this.#version = state.version;
    this.#state = state;
    this.#onChange();
  }

  #forget(): void {
    this.objects.clear();
    this.#overBound.clear();
    this.#unreadable.clear();
    this.#unseen = null;
    this.#version = null;
  }

  #delete(key: string): void {
    if (this.objects.delete(key)) this.#onChange();
  }

  #keepBound(): void {
    const { bound } = this.#kind;
    if (!bound || this.objects.size <= bound.max) return;
    let oldest: string | null = null;
    let oldestAt = Number.POSITIVE_INFINITY;
    for (const [key, kept] of this.objects) {
      const at = bound.newestBy(kept) ?? 0;
      if (at >= oldestAt) continue;
      oldest = key;
      oldestAt = at;
    }
    if (oldest === null) return;
    this.objects.delete(oldest);
    if (this.#overBound.size < OVER_BOUND_MAX) this.#overBound.add(oldest);
  }
}

const NOTHING_LEFT = { overBound: 0, unreadable: 0 };
/** Names of left out objects are kept to count each once; over this the count stays there. */
const OVER_BOUND_MAX = 20_000;

function keyOf(metadata: KeptObject["metadata"]): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

function rawKey(raw: unknown): string {
  const metadata = (raw as { metadata?: { namespace?: unknown; name?: unknown } } | null)?.metadata;
  const name = String(metadata?.name ?? "");
  return typeof metadata?.namespace === "string" ? `${metadata.namespace}/${name}` : name;
}
