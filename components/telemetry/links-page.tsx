"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { EmptyState } from "@/components/shell/empty-state";
import { PageHeader } from "@/components/shell/page-header";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import { LinkNoticeMark } from "./link-notice";
import { SinceSwitch } from "./since-switch";
import { useSince } from "./use-since";

type SiteRow = Outputs["telemetry"]["links"]["list"]["sites"][number];

function useColumns(): TableColumn<SiteRow>[] {
  const t = useTranslations("telemetry.link");
  return useMemo(
    () => [
      {
        id: "site",
        header: t("columns.site"),
        widthPx: 180,
        canGrow: true,
        cell: (row) => <span className="font-medium text-ink">{row.name}</span>,
      },
      {
        id: "total",
        header: t("columns.total"),
        widthPx: 110,
        align: "end",
        priority: 1,
        cell: (row) => <Quantity kind="bytes" value={row.totals?.totalBytes ?? null} />,
      },
      {
        id: "perAgent",
        header: t("columns.perAgent"),
        widthPx: 110,
        align: "end",
        priority: 3,
        cell: (row) => <Quantity kind="bytes" value={row.totals ? row.totals.totalBytes / row.known : null} />,
      },
      {
        id: "bytesPerSample",
        header: t("columns.bytesPerSample"),
        widthPx: 150,
        align: "end",
        priority: 3,
        cell: (row) => <BytesPerSample totals={row.totals} />,
      },
      {
        id: "samples",
        header: t("columns.samples"),
        widthPx: 120,
        align: "end",
        priority: 3,
        cell: (row) => <Quantity kind="count" value={row.totals?.samples ?? null} />,
      },
      {
        id: "agents",
        header: t("columns.agents"),
        widthPx: 110,
        align: "end",
        priority: 2,
        cell: (row) => (
          <span className="tabular-nums">
            {row.known === row.agents ? row.agents : t("known", { known: row.known, total: row.agents })}
          </span>
        ),
      },
      {
        id: "notice",
        header: t("columns.notice"),
        widthPx: 220,
        priority: 2,
        cell: (row) => (
          <LinkNoticeMark trouble={row} otherwise={<span className="text-ink-faint">{t("noNotice")}</span>} />
        ),
      },
    ],
    [t],
  );
}

/** What a reading cost on the way, everything included. */
export function BytesPerSample({ totals }: { totals: { totalBytes: number; samples: number } | null }) {
  if (!totals || totals.samples === 0) return <UnknownValue reason={null} isShort />;
  return <Quantity kind="count" value={totals.totalBytes / totals.samples} />;
}

// The types of routes know only literal segments; this one place says that an id is one.
const linkHref = (siteId: string): Route => `/link/${siteId}` as Route;

/** What the link of every site costs. */
export function LinksPage() {
  const t = useTranslations("telemetry.link");
  const trpc = useTRPC();
  const { name, since, choose } = useSince();
  const columns = useColumns();
  const query = useQuery(trpc.telemetry.links.list.queryOptions({ since }, { placeholderData: keepPreviousData }));
  const known = query.data?.sites.filter(({ totals }) => totals).length ?? 0;
  const total = query.data?.sites.length ?? 0;
  return (
    <>
      <PageHeader
        title={t("title")}
        count={query.data ? { known, unknown: total - known } : undefined}
        actions={<SinceSwitch since={name} onSince={choose} />}
      />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-[60dvh]" />}
        isEmpty={({ sites }) => sites.every(({ agents }) => agents === 0)}
        empty={
          <EmptyState
            title={t("empty")}
            missing={t("emptyMissing")}
            action={
              <Button variant="primary" asChild>
                <Link href="/agents">{t("enrol")}</Link>
              </Button>
            }
          />
        }
      >
        {(data) => (
          <DataTable
            id="links"
            label={t("label")}
            columns={columns}
            rows={data.sites}
            total={data.sites.length}
            getRowId={(row) => row.siteId}
            getRowName={(row) => row.name}
            getRowHref={(row) => linkHref(row.siteId)}
          />
        )}
      </QueryView>
    </>
  );
}
