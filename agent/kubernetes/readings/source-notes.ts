import { describeFailure } from "@/agent/gateway-client";
import { type Known, unknown } from "@/agent/host-roots";
import { AccessError } from "@/agent/kubernetes/access-error";
import { ApiError } from "@/agent/kubernetes/api-client";
import type { ItemOf } from "@/contract/cluster/items";

type SourceItem = ItemOf<"source">;
type Note = Pick<SourceItem, "status" | "reason" | "version" | "served" | "leftOut">;

const REASON_LENGTH_MAX = 300;
/** Sources that are told: a cluster may have thousands of endpoints, and most of what fails fails alike. */
const SOURCES_MAX = 500;

/**
 * What the agent reads figures from beside the watched resources, each as an item of kind `source`: which, how it is,
 * since when, why. The same note again is the same item.
 */
export class SourceNotes {
  #items: ReadonlyMap<string, SourceItem> = new Map();
  #next = new Map<string, SourceItem>();

  /** @param nowSeconds since 1970 */
  note(key: string, { reason, ...note }: Note, nowSeconds: number): void {
    const before = this.#items.get(key);
    const told = { ...note, ...(reason === undefined ? {} : { reason: reason.slice(0, REASON_LENGTH_MAX) }) };
    const next = { ...told, since: before?.status === note.status ? before.since : nowSeconds };
    const isSame = before && JSON.stringify({ ...before }) === JSON.stringify({ ...next });
    this.#next.set(key, isSame ? before : next);
  }

  /** As of the last round. */
  isFailing(key: string): boolean {
    const status = this.#items.get(key)?.status;
    return status !== undefined && status !== "synced";
  }

  /** The outcome of one reading of a source, as it happened. */
  noteOutcome(key: string, outcome: Known<unknown>, nowSeconds: number, version?: string): void {
    if ("value" in outcome) this.note(key, { status: "synced", ...(version ? { version } : {}) }, nowSeconds);
    else {
      const { code, detail } = outcome.unknown;
      const status = code === "not_permitted" ? "denied" : code === "not_supported" ? "version_unknown" : "failing";
      this.note(key, { status, reason: detail }, nowSeconds);
    }
  }

  /** Ends a round. What was not noted in it is told no more. What fails is told before what does not. */
  take(): ReadonlyMap<string, SourceItem> {
    const entries = [...this.#next];
    this.#next = new Map();
    const failing = entries.filter(([, { status }]) => status !== "synced");
    const rest = entries.filter(([, { status }]) => status === "synced");
    this.#items = new Map([...failing, ...rest].slice(0, SOURCES_MAX));
    return this.#items;
  }
}

/** Why something could not be read from the API server, as the reason of a reading. */
export function reasonOf(
  what: string,
  error: unknown,
): { unknown: { code: "not_permitted" | "read_failed"; detail: string } } {
  const isDenied = error instanceof AccessError || (error instanceof ApiError && [401, 403].includes(error.status));
  const { detail } = unknown("read_failed", `${what}: ${describeFailure(error)}`).unknown;
  return { unknown: { code: isDenied ? "not_permitted" : "read_failed", detail } };
}
