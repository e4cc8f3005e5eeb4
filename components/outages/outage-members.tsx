"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { clusterHref } from "@/components/clusters/cluster-href";
import { machineHref } from "@/components/fleet/machine-href";
import { useMomentText } from "@/components/shell/moment-text";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { Checkbox } from "@/components/ui/checkbox";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import type { OutageDetail } from "./use-outage-text";

type Member = Outputs["outages"]["members"]["rows"][number];
const PAGE_ROWS = 100;

function useColumns(): TableColumn<Member>[] {
  const t = useTranslations("outages");
  const moment = useMomentText();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("columns.name"),
        widthPx: 220,
        canGrow: true,
        cell: (row) => <span className="truncate font-medium text-ink">{row.name}</span>,
      },
      {
        id: "state",
        header: t("columns.state"),
        widthPx: 190,
        priority: 1,
        cell: (row) => (
          <span className="flex items-baseline gap-2">
            <StateMark
              state={row.outcome === null ? "offline" : row.outcome === "returned" ? "good" : "unknown"}
              word={t(`memberState.${row.outcome ?? "dark"}`)}
            />
            {row.isSure ? null : <span className="text-caption text-ink-faint">{t("maybe")}</span>}
          </span>
        ),
      },
      { id: "site", header: t("columns.site"), widthPx: 180, priority: 2, cell: (row) => row.siteName },
      { id: "region", header: t("columns.region"), widthPx: 130, priority: 3, cell: (row) => row.region ?? "–" },
      {
        id: "darkFrom",
        header: t("columns.darkFrom"),
        widthPx: 250,
        priority: 2,
        cell: (row) => <span className="tabular-nums">{moment.exact(row.darkFrom)}</span>,
      },
      {
        id: "back",
        header: t("columns.back"),
        widthPx: 250,
        priority: 3,
        cell: (row) => <span className="tabular-nums">{row.endedAt ? moment.exact(row.endedAt) : "–"}</span>,
      },
    ],
    [t, moment],
  );
}

/** Everything that went dark in it, what still is first. */
export function OutageMembers({ outage }: { outage: OutageDetail }) {
  const t = useTranslations("outages");
  const trpc = useTRPC();
  const columns = useColumns();
  const [isDarkOnly, setDarkOnly] = useState(false);
  const query = useInfiniteQuery(
    trpc.outages.members.infiniteQueryOptions(
      { outageId: outage.id, isDarkOnly, limit: PAGE_ROWS },
      {
        initialCursor: 0,
        getNextPageParam: (last, pages) => {
          const loaded = pages.reduce((sum, page) => sum + page.rows.length, 0);
          return loaded < last.total && last.rows.length > 0 ? loaded : undefined;
        },
        placeholderData: keepPreviousData,
      },
    ),
  );
  return (
    <QueryView query={query} skeleton={<Skeleton className="h-60" />}>
      {(data) => (
        <DataTable
          id="outage-members"
          label={t("members")}
          columns={columns}
          rows={data.pages.flatMap((page) => page.rows)}
          total={data.pages.at(-1)?.total ?? 0}
          getRowId={(row) => row.agentId}
          getRowName={(row) => row.name}
          getRowHref={(row) => (row.clusterId ? clusterHref(row.clusterId) : machineHref(row.machineId ?? ""))}
          getRowVersion={(row) => row.outcome ?? "dark"}
          onEndReached={() => {
            if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
          }}
          isLoadingMore={query.isFetchingNextPage}
          toolbar={
            <>
              <h2 className="mr-3 font-semibold text-heading">{t("members")}</h2>
              <Checkbox label={t("onlyDark")} isChecked={isDarkOnly} onChange={setDarkOnly} />
            </>
          }
          isFiltered={isDarkOnly}
          onClearFilters={() => setDarkOnly(false)}
        />
      )}
    </QueryView>
  );
}
