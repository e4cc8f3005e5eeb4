import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useOutageText } from "@/components/outages/use-outage-text";
import { useTRPC } from "@/components/shell/trpc-provider";

export type OutageSites = {
  /** Null while no outage is asked for, or nothing is known of it yet. */
  ids: ReadonlySet<string> | null;
  outageId: string | null;
  title: string | null;
  isUnknown: boolean;
};

/** The sites where an outage is, to narrow the map and the list to them. */
export function useOutageSites(outageId: string | null): OutageSites {
  const trpc = useTRPC();
  const text = useOutageText();
  const asked = { enabled: outageId !== null };
  const sites = useQuery(trpc.outages.sites.queryOptions({ outageId: outageId ?? "" }, asked));
  const outage = useQuery(trpc.outages.get.queryOptions({ outageId: outageId ?? "" }, asked));
  const found = outageId === null ? undefined : sites.data;
  const ids = useMemo(() => (found ? new Set(found) : null), [found]);
  const title = outage.data ? text.title(outage.data) : null;
  return { ids, outageId, title, isUnknown: outageId !== null && sites.isError };
}
