import { ITEM_SCHEMAS, type ItemKind, type ItemOf } from "@/contract/cluster/items";

/** An item as this version reads it; null for one that a newer agent writes otherwise. */
export function readItem<K extends ItemKind>(kind: K, item: unknown): ItemOf<K> | null {
  const parsed = ITEM_SCHEMAS[kind].safeParse(item);
  return parsed.success ? (parsed.data as ItemOf<K>) : null;
}

export type ItemChange = { kind: string; subject: string | null; before: string | null; after: string | null };

/** What of an item's change belongs into the timeline. Null: it is not there. */
export function timelineOf(kind: string, key: string, before: unknown, after: unknown): ItemChange[] {
  switch (kind) {
    case "cluster":
      return differences(null, readItem("cluster", before), readItem("cluster", after), {
        gitVersion: "version",
        distribution: "distribution",
      });
    case "node": {
      const [was, is] = [readItem("node", before), readItem("node", after)];
      if (!was && is) return [{ kind: "node_added", subject: key, before: null, after: is.kubeletVersion ?? null }];
      if (was && !after)
        return [{ kind: "node_removed", subject: key, before: was.kubeletVersion ?? null, after: null }];
      return differences(key, was, is, {
        bootId: "node_rebooted",
        kubeletVersion: "node_version",
        osImage: "node_system",
        kernelVersion: "node_kernel",
      });
    }
    case "system": {
      const [was, is] = [readItem("system", before), readItem("system", after)];
      if (!was && is) return [{ kind: "system_added", subject: key, before: null, after: is.version ?? null }];
      if (was && !after) return [{ kind: "system_removed", subject: key, before: was.version ?? null, after: null }];
      return differences(key, was, is, { version: "system_version", health: "system_health" });
    }
    default:
      return [];
  }
}

/** A value that was not known before, or is not any more, is no change. */
function differences<T extends object>(
  subject: string | null,
  before: T | null,
  after: T | null,
  names: { [N in keyof T]?: string },
): ItemChange[] {
  if (!before || !after) return [];
  return (Object.entries(names) as [keyof T, string][]).flatMap(([name, kind]) => {
    const [was, is] = [before[name], after[name]];
    if (was === undefined || is === undefined || was === is) return [];
    return [{ kind, subject, before: String(was), after: String(is) }];
  });
}
