"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { useMay } from "@/components/access/use-may";
import { EmptyState } from "@/components/shell/empty-state";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import { SiteActions } from "./site-actions";
import { readSiteItems, type SiteItem } from "./site-items";
import { SitesView } from "./sites-view";

/** Seconds between two looks at all sites; of many, the answer is large. */
const REFRESH_SECONDS = 30;
const REFRESH_MANY_SECONDS = 120;
const MANY_SITES = 2000;

/** An id takes 16 bytes, which are 64 characters for three. */
const countSites = (map: Outputs["sites"]["map"] | undefined) => Math.floor(((map?.ids.length ?? 0) * 3) / 64);
const refreshSeconds = (map: Outputs["sites"]["map"] | undefined) =>
  countSites(map) > MANY_SITES ? REFRESH_MANY_SECONDS : REFRESH_SECONDS;

/** Every site that this person may see, on a map and in a list that say the same. */
export function SitesPage() {
  const t = useTranslations("sites.list");
  const trpc = useTRPC();
  const may = useMay();
  const query = useQuery(
    trpc.sites.map.queryOptions(undefined, { refetchInterval: ({ state }) => refreshSeconds(state.data) * 1000 }),
  );
  const map = query.data;
  const items = useMemo(() => (map ? readSiteItems(map) : null), [map]);
  const actions = may("fleet:read") ? <SiteActions mayUpdate={may("fleet:update")} isEmpty={!items?.length} /> : null;
  return (
    <>
      <PageHeader
        title={t("title")}
        count={items ? countKnown(items) : undefined}
        description={
          map ? (
            <FreshnessMark
              observedAt={map.at}
              staleAfterSeconds={3 * refreshSeconds(map)}
              provenance={{ origin: "measured", source: t("source") }}
              isShort
            />
          ) : null
        }
        actions={items?.length ? actions : null}
      />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-[70dvh]" />}
        isEmpty={({ ids }) => ids === ""}
        empty={<EmptyState title={t("empty")} missing={t("emptyMissing")} action={actions} />}
      >
        {() => <SitesView items={items ?? []} />}
      </QueryView>
    </>
  );
}

/** Known = something at it is reached, so that its state is of now. */
function countKnown(items: readonly SiteItem[]): { known: number; unknown: number } {
  const known = items.filter(({ machinesOnline, clustersOnline }) => machinesOnline + clustersOnline > 0).length;
  return { known, unknown: items.length - known };
}
