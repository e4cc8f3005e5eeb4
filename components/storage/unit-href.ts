import type { Route } from "next";

/** Address of the page of a pool or volume: the key has slashes in it. */
export function unitHref({ clusterId, kind, key }: { clusterId: string; kind: string; key: string }): Route {
  return `/storage/${clusterId}?${new URLSearchParams({ kind, key })}` as Route;
}
