import type { Permission } from "@/server/access/model";

type Key<P> = P extends `${infer Feature}:${infer Verb}` ? `${Feature}_${Verb}` : never;

/** The key under which the messages name a permission: `fleet_read` for `fleet:read`. */
export function permissionKey<P extends Permission>(permission: P): Key<P> {
  return permission.replace(":", "_") as Key<P>;
}
