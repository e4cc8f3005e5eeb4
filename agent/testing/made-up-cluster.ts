import { readFileSync } from "node:fs";
import { loadAllYaml } from "@kubernetes/client-node";
import { type ClusterView, isKnown, type ResourceState } from "@/agent/kubernetes/cluster-view";
import { ResourceStore } from "@/agent/kubernetes/resource-store";
import { groupAndPlural, kindOf, RESOURCE_NAMES, type ResourceName } from "@/agent/kubernetes/resources";
import type { ApiObject } from "./kube-plane";

/** When all that is in `cluster-objects/` is well. */
export const WELL_AT = Date.parse("2026-11-20T12:00:00Z") / 1000;

/** Objects as the API has them, read anew each time: tests may change them. */
export function readObjects(system: string): ApiObject[] {
  const path = new URL(`./cluster-objects/${system}.yaml`, import.meta.url);
  return (loadAllYaml(readFileSync(path, "utf8")) as ApiObject[]).filter((object) => object);
}

/** What is always served. */
const BUILT_IN = /^[a-z]+$|\.(apps|batch|policy|[a-z.]*\.k8s\.io)$/;
const NOT_BUILT_IN = /snapshot|objectstorage|gateway|adminnetwork|cni\.cncf/;

const NONE = new Map<string, never>();

type Settings = {
  gitVersion?: string | null;
  /** Served although no object is of them. */
  groups?: readonly string[];
  states?: Partial<Record<ResourceName, ResourceState>>;
};

/** A cluster that holds these objects, seen as the agent sees one: reduced, and each resource with its state. */
export class MadeUpCluster {
  readonly #stores = new Map<ResourceName, ResourceStore>();
  readonly #groups: Set<string>;
  readonly #settings: Settings;

  constructor(objects: readonly ApiObject[], settings: Settings = {}) {
    this.#settings = settings;
    this.#groups = new Set([...objects.map(groupOf), ...(settings.groups ?? [])]);
    for (const name of RESOURCE_NAMES) {
      const store = new ResourceStore(
        kindOf(name),
        () => WELL_AT * 1000,
        () => {},
      );
      this.#stores.set(name, store);
      store.beginList();
      for (const object of objects) if (resourceOf(object) === name) store.put(object);
      store.endList(kindOf(name).versions[0] ?? "v1");
    }
  }

  put(object: ApiObject): ResourceName {
    const name = resourceOf(object);
    this.#stores.get(name)?.put(object);
    return name;
  }

  remove(object: ApiObject): ResourceName {
    const name = resourceOf(object);
    this.#stores.get(name)?.remove(object);
    return name;
  }

  get view(): ClusterView {
    const { gitVersion = "v1.34.1" } = this.#settings;
    const groups = new Map([...this.#groups].map((group) => [group, ["v1"]]));
    return {
      list: ((name: ResourceName) =>
        isKnown(this.#stateOf(name)) ? this.#store(name).objects : NONE) as ClusterView["list"],
      state: (name) => this.#stateOf(name),
      api: { gitVersion, groups, heardAtMs: WELL_AT * 1000, failing: null },
      onChange: () => () => {},
    };
  }

  #store(name: ResourceName): ResourceStore {
    return this.#stores.get(name) as ResourceStore;
  }

  #stateOf(name: ResourceName): ResourceState {
    const told = this.#settings.states?.[name];
    if (told) return told;
    const isServed = this.#groups.has(groupAndPlural(name).group) || (BUILT_IN.test(name) && !NOT_BUILT_IN.test(name));
    return isServed ? this.#store(name).state : { status: "absent", sinceMs: 0 };
  }
}

export const denied: ResourceState = { status: "denied", sinceMs: WELL_AT * 1000, reason: "forbidden" };

const groupOf = ({ apiVersion }: ApiObject) => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

/** @throws Error for a kind that is not read */
export function resourceOf(object: ApiObject): ResourceName {
  const word = object.kind.toLowerCase();
  const plurals = [word, `${word}s`, `${word}es`, `${word.slice(0, -1)}ies`, "network-attachment-definitions"];
  const found = RESOURCE_NAMES.find((name) => {
    const { group, plural } = groupAndPlural(name);
    return group === groupOf(object) && plurals.includes(plural);
  });
  if (!found) throw new Error(`no resource is described for ${object.apiVersion} ${object.kind}`);
  return found;
}

/** A deployment that is as it should be. */
export function deployment(namespace: string, name: string, image: string, replicas = 1): ApiObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, generation: 1, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image }] } },
    },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    },
  };
}
