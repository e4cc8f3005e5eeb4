import { ClusterFacts, type Description } from "@/agent/kubernetes/facts/cluster-facts";
import type { Source } from "@/agent/kubernetes/facts/section";
import { ITEM_KINDS, ITEM_SCHEMAS, type ItemKind, type ItemOf } from "@/contract/cluster/items";
import type { ApiObject } from "./kube-plane";
import { MadeUpCluster, WELL_AT } from "./made-up-cluster";

type Settings = NonNullable<ConstructorParameters<typeof MadeUpCluster>[1]>;
type Options = Settings & {
  /** Seconds since 1970; as a rule when all is well. */
  at?: number;
};

export type Told = {
  item<K extends ItemKind>(kind: K, key: string): ItemOf<K>;
  keys(kind: ItemKind): string[];
  /** Health and codes of the reasons, of a system or a part (`<system>/<type>/<namespace>/<name>`). */
  health(key: string): string;
  dueAt: number | null;
};

/** What the agent tells of a cluster that holds these objects. */
export function tellOf(objects: readonly ApiObject[], { at = WELL_AT, ...settings }: Options = {}): Told {
  const facts = new ClusterFacts(new MadeUpCluster(objects, settings).view);
  return told(facts.describe(new Set<Source>(), at));
}

export function told({ items, dueAt }: Description): Told {
  const item = <K extends ItemKind>(kind: K, key: string) => {
    const found = items[kind]?.get(key);
    if (!found) throw new Error(`no ${kind} ${key} is told, but ${[...(items[kind]?.keys() ?? [])].join(", ")}`);
    return found as ItemOf<K>;
  };
  return {
    item,
    keys: (kind) => [...(items[kind]?.keys() ?? [])],
    health: (key) => {
      const { health, reasons } = key.includes("/") ? item("part", key) : item("system", key);
      return [health, ...reasons.map(({ code }) => code)].join(" ");
    },
    dueAt,
  };
}

/** What of the items the contract would not take as it is. */
export function contractFaults({ items }: Description): string[] {
  return ITEM_KINDS.flatMap((kind) =>
    [...(items[kind] ?? [])].flatMap(([key, item]) => {
      const travelled = JSON.parse(JSON.stringify(item));
      const taken = ITEM_SCHEMAS[kind].safeParse(travelled);
      if (!taken.success) return `${kind} ${key}: ${taken.error.message}`;
      return JSON.stringify(taken.data).length === JSON.stringify(travelled).length
        ? []
        : `${kind} ${key} loses a field`;
    }),
  );
}

type Patch = { [key: string]: unknown };

/** The objects with one of them changed as by a merge patch: null takes a field out, a list takes the place of a list. */
export function patched(objects: readonly ApiObject[], name: string, patch: Patch): ApiObject[] {
  const [kind, objectName] = name.split(" ");
  const found = objects.filter(
    (object) => object.kind === kind && (!objectName || object.metadata.name === objectName),
  );
  if (found.length !== 1) throw new Error(`${found.length} objects are ${name}`);
  return objects.map((object) => (object === found[0] ? (merge(object, patch) as ApiObject) : object));
}

function merge(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Patch = isRecord(value) ? { ...value } : {};
  for (const [key, part] of Object.entries(patch)) {
    if (part === null) delete merged[key];
    else merged[key] = merge(merged[key], part);
  }
  return merged;
}

const isRecord = (value: unknown): value is Patch =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects with one condition of one of them changed. */
export function conditioned(
  objects: readonly ApiObject[],
  name: string,
  type: string,
  status: string,
  rest: Patch = {},
): ApiObject[] {
  const [kind, objectName] = name.split(" ");
  return objects.map((object) => {
    if (object.kind !== kind || (objectName && object.metadata.name !== objectName)) return object;
    const { conditions = [] } = object.status as { conditions?: { type: string }[] };
    const known = conditions.find((one) => one.type === type);
    const others = conditions.filter((one) => one !== known);
    return merge(object, { status: { conditions: [...others, { ...known, type, status, ...rest }] } }) as ApiObject;
  });
}
