import { setTimeout as delay } from "node:timers/promises";
import { describeFailure } from "@/agent/gateway-client";
import type { ApiClient } from "./api-client";
import { ChangeBatch } from "./change-batch";
import type { ApiState, ClusterView, ResourceState } from "./cluster-view";
import { Discoverer, type Discovery, type Served } from "./discovery";
import { ResourceStore } from "./resource-store";
import { ResourceWatch } from "./resource-watch";
import { type Kept, kindOf, RESOURCE_NAMES, RESOURCES, type ResourceName } from "./resources";
import { Revival } from "./revival";
import { backoffMs, TIMINGS, type Timings } from "./timings";
import { Turnstile } from "./turnstile";

/** Lists read at a time: a cluster of the edge has a small API server. */
const LISTS_AT_A_TIME = 3;
const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";

export type ClusterWatchOptions = {
  client: Pick<ApiClient, "get" | "document">;
  timings?: Timings;
  nowMs?: () => number;
  random?: () => number;
};

/** Keeps a `ClusterView` true: asks what the cluster serves, and follows each resource of the table that it does. */
export class ClusterWatch {
  readonly view: ClusterView;
  readonly #client: ClusterWatchOptions["client"];
  readonly #timings: Timings;
  readonly #nowMs: () => number;
  readonly #random: () => number;
  readonly #stores = new Map<ResourceName, ResourceStore>();
  readonly #running = new Map<ResourceName, { path: string; stop: AbortController; ended: Promise<void> }>();
  readonly #revival: Revival;
  readonly #turnstile = new Turnstile(LISTS_AT_A_TIME);
  readonly #changes: ChangeBatch<ResourceName | "api">;
  readonly #looks: number[] = [];
  #definitions: string | null = null;
  #wake: () => void = () => {};
  #api: ApiState = { gitVersion: null, groups: null, heardAtMs: null, failing: null };

  constructor({ client, timings = TIMINGS, nowMs = Date.now, random = Math.random }: ClusterWatchOptions) {
    this.#client = client;
    this.#timings = timings;
    this.#nowMs = nowMs;
    this.#random = random;
    this.#revival = new Revival(random);
    this.#changes = new ChangeBatch(timings.batch);
    for (const name of RESOURCE_NAMES) {
      this.#stores.set(name, new ResourceStore(kindOf(name), nowMs, () => this.#changes.add(name)));
    }
    this.#changes.listen((changed) => {
      if (changed.has(DEFINITIONS)) this.#compareDefinitions();
    });
    const store = (name: ResourceName) => this.#stores.get(name) as ResourceStore;
    const api = () => this.#api;
    this.view = {
      list: <N extends ResourceName>(name: N) => store(name).objects as unknown as ReadonlyMap<string, Kept<N>>,
      state: (name): ResourceState => store(name).state,
      get api() {
        return api();
      },
      onChange: (listener) => this.#changes.listen(listener),
    };
  }

  /** Follows the cluster until `signal`. Never throws: what fails is in the view. */
  async run(signal: AbortSignal): Promise<void> {
    const discoverer = new Discoverer(this.#client, RESOURCES, this.#timings.answerSilence);
    let failures = 0;
    while (!signal.aborted) {
      this.#dropPastLooks();
      const pauseMs = this.#timings.discovery * (0.5 + this.#random() / 2);
      try {
        this.#take(await discoverer.discover(signal), signal);
        failures = 0;
        this.#revival.heard();
      } catch (error) {
        if (signal.aborted) break;
        this.#fail(describeFailure(error));
        this.#revival.missed();
        await this.#revival.pause(backoffMs(this.#timings, failures, this.#random), signal);
        failures += 1;
        continue;
      }
      await this.#sleep(pauseMs, signal);
    }
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    this.#changes.close();
  }

  #take({ gitVersion, groups, served }: Discovery, signal: AbortSignal): void {
    const hadGroups = JSON.stringify([this.#api.gitVersion, ...(this.#api.groups ?? [])]);
    const isNew = this.#api.failing !== null || hadGroups !== JSON.stringify([gitVersion, ...groups]);
    this.#api = { gitVersion, groups, heardAtMs: this.#nowMs(), failing: null };
    if (isNew) this.#changes.add("api");
    for (const [name, store] of this.#stores) this.#follow(name, store, served.get(name) ?? { is: "absent" }, signal);
  }

  #fail(reason: string): void {
    const sinceMs = this.#api.failing?.sinceMs ?? this.#nowMs();
    this.#api = { ...this.#api, failing: { sinceMs, reason } };
    this.#changes.add("api");
  }

  #follow(name: ResourceName, store: ResourceStore, served: Served, signal: AbortSignal): void {
    const running = this.#running.get(name);
    if (served.is === "not told") {
      // What is followed goes on: its own watch knows best.
      if (!running) store.fail(served.reason);
      return;
    }
    if (served.is === "served" && running?.path === served.path) return;
    running?.stop.abort();
    if (served.is !== "served") this.#running.delete(name);
    if (served.is === "absent") store.markAbsent();
    else if (served.is === "version not known") store.markVersionNotKnown(served.versions);
    else this.#start(name, store, served, signal);
  }

  #start(name: ResourceName, store: ResourceStore, { version, path }: Served & { is: "served" }, signal: AbortSignal) {
    const stop = new AbortController();
    const watch = new ResourceWatch({
      path,
      version,
      fieldSelector: kindOf(name).fieldSelector,
      client: this.#client,
      store,
      timings: this.#timings,
      random: this.#random,
      revival: this.#revival,
      turnstile: this.#turnstile,
      onMissing: () => this.#lookSoon(),
    });
    store.wait();
    // One after the other: what was followed before writes into the same store.
    const ended = (this.#running.get(name)?.ended ?? Promise.resolve()).then(() => {
      return watch.run(AbortSignal.any([signal, stop.signal]));
    });
    this.#running.set(name, { path, stop, ended });
  }

  /** When definitions came, went or changed since discovery was last asked, it is asked again. */
  #compareDefinitions(): void {
    if (this.view.state(DEFINITIONS).status !== "synced") return;
    const all = [...this.view.list(DEFINITIONS).values()].map(({ metadata, spec, status }) => {
      const versions = spec?.versions?.map(({ name, served }) => [name, served]);
      const conditions = status?.conditions?.map(({ type, status }) => [type, status]);
      return [metadata.uid, versions, conditions];
    });
    const before = this.#definitions;
    this.#definitions = JSON.stringify(all);
    // Of the first list discovery has just told, save of what came between the two.
    const isNews = before === null ? this.#isAnyAbsent() : before !== this.#definitions;
    if (isNews) this.#lookSoon();
  }

  /** Something of the table is defined that discovery did not tell of; a definition is named as the table's keys are. */
  #isAnyAbsent(): boolean {
    return [...this.view.list(DEFINITIONS).keys()].some((name) => {
      return this.#stores.get(name as ResourceName)?.state.status === "absent";
    });
  }

  /** The server serves something else in a moment. */
  #lookSoon(): void {
    const now = performance.now();
    this.#dropPastLooks();
    if (this.#looks.length >= this.#timings.afterDefinition.length) return;
    this.#looks.splice(0, this.#looks.length, ...this.#timings.afterDefinition.map((ms) => now + ms));
    this.#wake();
  }

  #dropPastLooks(): void {
    while (this.#looks[0] !== undefined && this.#looks[0] <= performance.now()) this.#looks.shift();
  }

  async #sleep(pauseMs: number, signal: AbortSignal): Promise<void> {
    const endAtMs = performance.now() + pauseMs;
    while (!signal.aborted) {
      const untilMs = Math.min(endAtMs, this.#looks[0] ?? endAtMs);
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return;
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await delay(leftMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
    }
  }
}
