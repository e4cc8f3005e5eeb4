"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/components/shell/trpc-provider";
import type { Permission } from "@/server/access/model";

/** What the screens may offer this person; nothing until it is known. The server decides again in any case. */
export function useMay(): (permission: Permission) => boolean {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.access.account.get.queryOptions());
  return (permission) => data?.permissions.includes(permission) ?? false;
}
