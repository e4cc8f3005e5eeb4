import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Reading } from "@/agent/collection";
import { describeFailure } from "@/agent/gateway-client";
import type { Inventory } from "@/agent/session/inventory";
import type { ItemOf } from "@/contract/cluster/items";
import type { ClusterWatch } from "./cluster-watch";
import { ClusterFacts, type Description } from "./facts/cluster-facts";
import type { ClusterReadings } from "./readings/cluster-readings";
import type { CpuManagers } from "./readings/cpu-managers";
import { RESOURCE_NAMES, type ResourceName } from "./resources";

/** What is told of a cluster is worked out anew at most so often. */
const TELL_MS = 5_000;
/** So long the first whole waits for everything to be read once; what is not there by then is told as that. */
const SETTLE_MS = 60_000;
/** Part of the interval that a reading may take. */
const READ_RATIO_MAX = 0.8;

export type ClusterCollectionOptions = {
  watch: ClusterWatch;
  readings: ClusterReadings;
  inventory: Inventory;
  log: Logger;
  /** Looked at before each reading. */
  intervalSeconds: () => number;
  onReading: (reading: Reading) => Promise<void>;
};

/** Follows a cluster: what is there goes into the inventory, figures are read at their interval. */
export class ClusterCollection {
  /** Nothing of a cluster hangs in the kernel. */
  readonly hungMountCount = 0;
  readonly #options: ClusterCollectionOptions;
  readonly #facts: ClusterFacts;
  #changed = new Set<ResourceName | "api">();
  #description: Description | null = null;
  #sources: ReadonlyMap<string, ItemOf<"source">> = new Map();
  #cpuManagers: CpuManagers | null = null;
  #describedAtMs = Number.NEGATIVE_INFINITY;
  readonly #startedAtMs = performance.now();
  #reschedule = new AbortController();

  constructor(options: ClusterCollectionOptions) {
    this.#options = options;
    this.#facts = new ClusterFacts(options.watch.view);
  }

  /** Looks at the interval again, from now on. */
  reschedule(): void {
    this.#reschedule.abort();
  }

  /** Follows and reads until `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { watch, log } = this.#options;
    const stopListening = watch.view.onChange((changed) => {
      for (const name of changed) this.#changed.add(name);
    });
    const following = watch.run(signal);
    const telling = this.#tell(signal);
    let dueAt = performance.now();
    while (!signal.aborted) {
      if (this.#isSettled()) {
        await this.#read(signal).catch((error: unknown) => {
          log.error({ reason: describeFailure(error) }, "a reading failed");
        });
        dueAt = await this.#untilDue(dueAt, signal);
      } else await pause(TELL_MS / 10, signal);
    }
    stopListening();
    await Promise.all([following, telling]);
  }

  async #tell(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#isSettled()) this.#describe();
      await pause(this.#isSettled() ? TELL_MS : TELL_MS / 10, signal);
    }
  }

  /** Works out what is told when anything changed, or when its time has come. */
  #describe(): Description {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const dueAt = this.#description?.dueAt;
    const isDue = dueAt != null && dueAt <= nowSeconds;
    if (this.#description && this.#changed.size === 0 && !isDue) return this.#description;
    if (this.#description && performance.now() - this.#describedAtMs < TELL_MS) return this.#description;
    const changed = this.#changed;
    this.#changed = new Set();
    const description = this.#facts.describe(changed, nowSeconds);
    this.#describedAtMs = performance.now();
    this.#description = description;
    this.#tellInventory();
    return description;
  }

  /** What is read beside the watched resources stands among their sources. */
  #tellInventory(): void {
    const { items } = this.#description ?? {};
    if (!items) return;
    const source = new Map([...(items.source ?? []), ...this.#sources]);
    const node = items.node && this.#cpuManagers ? this.#cpuManagers.addTo(items.node) : items.node;
    this.#options.inventory.set({ ...items, source, ...(node ? { node } : {}) }, performance.now());
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { items } = this.#describe();
    const { readings, intervalSeconds, onReading } = this.#options;
    const limitMs = READ_RATIO_MAX * 1000 * intervalSeconds();
    const { samples, sources, cpuManagers } = await readings.read(
      { items, reader: this.#facts.reader },
      limitMs,
      signal,
    );
    this.#sources = sources;
    this.#cpuManagers = cpuManagers;
    this.#tellInventory();
    await onReading({ samples, descriptions: [], facts: {} });
  }

  /** Everything was read once, or is known not to be readable. */
  #isSettled(): boolean {
    if (this.#description || performance.now() - this.#startedAtMs > SETTLE_MS) return true;
    const { view } = this.#options.watch;
    return view.api.heardAtMs !== null && RESOURCE_NAMES.every((name) => view.state(name).status !== "waiting");
  }

  /** Waits until the next reading is due. @returns when it was due; now, when that time had passed already */
  async #untilDue(lastDueAt: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const dueAt = lastDueAt + 1000 * this.#options.intervalSeconds();
      const waitMs = dueAt - performance.now();
      if (waitMs <= 0) return performance.now();
      this.#reschedule = new AbortController();
      const isWhole = await pause(waitMs, AbortSignal.any([signal, this.#reschedule.signal]));
      if (isWhole || signal.aborted) return dueAt;
    }
  }
}

/** @returns false when it was cut short */
const pause = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  delay(milliseconds, true, { signal }).catch(() => false);
