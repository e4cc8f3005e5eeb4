"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useMomentText } from "@/components/shell/moment-text";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { Skeleton } from "@/components/ui/skeleton";
import { type AuditEntry, EntryPanel } from "./entry-panel";
import { useActionText } from "./use-action-text";

const PAGE_ROWS = 100;

/** What it was done to; nothing where that is only the actor again, or a bare number. */
function subjectText(entry: AuditEntry): string {
  return entry.subjectLabel === null || entry.subjectLabel === entry.actorLabel ? "" : entry.subjectLabel;
}

function useAuditColumns(): TableColumn<AuditEntry>[] {
  const t = useTranslations("audit.columns");
  const moment = useMomentText();
  const actionText = useActionText();
  return useMemo(
    () => [
      {
        id: "at",
        header: t("at"),
        widthPx: 230,
        cell: (entry) => <span className="tabular-nums">{moment.exact(entry.at)}</span>,
      },
      { id: "actor", header: t("actor"), widthPx: 260, priority: 3, cell: (entry) => entry.actorLabel },
      {
        id: "action",
        header: t("action"),
        widthPx: 260,
        priority: 2,
        canGrow: true,
        // On a phone the row has one line for the whole sentence.
        cell: (entry) => (
          <>
            <span className="md:hidden">{entry.actorLabel} </span>
            {actionText(entry.action)}
            <span className="md:hidden"> {subjectText(entry)}</span>
          </>
        ),
      },
      {
        id: "subject",
        header: t("subject"),
        widthPx: 260,
        priority: 3,
        cell: subjectText,
      },
    ],
    [t, moment, actionText],
  );
}

/** The audit log: who did what, on what, when. */
export function AuditPage() {
  const t = useTranslations("audit");
  const trpc = useTRPC();
  const columns = useAuditColumns();
  const actionText = useActionText();
  const [openId, setOpenId] = useState<number | null>(null);
  const query = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions(
      { limit: PAGE_ROWS },
      { initialCursor: null, getNextPageParam: (page) => page.nextCursor ?? undefined },
    ),
  );
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} />
      <QueryView query={query} skeleton={<Skeleton className="h-[60dvh]" />}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.rows);
          const open = rows.find((entry) => entry.id === openId);
          return (
            <>
              <DataTable
                id="audit"
                label={t("label")}
                columns={columns}
                rows={rows}
                total={data.pages[0]?.total ?? rows.length}
                getRowId={(entry) => String(entry.id)}
                getRowName={(entry) => `${entry.actorLabel} ${actionText(entry.action)} ${subjectText(entry)}`}
                onOpen={(entry) => setOpenId(entry.id)}
                currentRowId={openId === null ? null : String(openId)}
                onEndReached={() => {
                  if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
                }}
                isLoadingMore={query.isFetchingNextPage}
                empty={t("empty")}
              />
              {open ? <EntryPanel entry={open} onClose={() => setOpenId(null)} /> : null}
            </>
          );
        }}
      </QueryView>
    </>
  );
}
