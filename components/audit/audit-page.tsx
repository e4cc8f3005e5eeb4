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
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";

type Entry = Outputs["audit"]["list"]["rows"][number];
const PAGE_ROWS = 100;

function useActionText(): (action: string) => string {
  const t = useTranslations("audit.actions");
  return (action) => {
    const key = action.replace(":", "_") as "access_sign-in";
    return t.has(key) ? t(key) : action;
  };
}

function useAuditColumns(): TableColumn<Entry>[] {
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
      { id: "actor", header: t("actor"), widthPx: 260, priority: 2, cell: (entry) => entry.actorLabel },
      {
        id: "action",
        header: t("action"),
        widthPx: 260,
        priority: 2,
        canGrow: true,
        cell: (entry) => actionText(entry.action),
      },
      {
        id: "subject",
        header: t("subject"),
        widthPx: 260,
        priority: 2,
        cell: (entry) => entry.subjectLabel ?? <span className="font-mono text-caption">{entry.subjectId}</span>,
      },
    ],
    [t, moment, actionText],
  );
}

function EntryPanel({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const t = useTranslations("audit");
  const moment = useMomentText();
  const actionText = useActionText();
  const rows: [string, string][] = [
    [t("columns.at"), moment.exact(entry.at)],
    [t("columns.actor"), `${entry.actorLabel} (${t(`actors.${entry.actorKind}`)})`],
    [t("columns.action"), actionText(entry.action)],
    [t("columns.subject"), [entry.subjectKind, entry.subjectLabel, entry.subjectId].filter(Boolean).join(" · ")],
    ...Object.entries(entry.details).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ];
  return (
    <Dialog isOpen onOpenChange={(isOpen) => !isOpen && onClose()} shape="panel" title={t("details")}>
      <dl className="grid grid-cols-[auto_1fr] text-table">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="border-line border-t py-1.5 pr-4 text-ink-faint">{name}</dt>
            <dd className="min-w-0 break-words border-line border-t py-1.5">{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

/** The audit log: who did what, on what, when. */
export function AuditPage() {
  const t = useTranslations("audit");
  const trpc = useTRPC();
  const columns = useAuditColumns();
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
                getRowName={(entry) => `${entry.actorLabel} ${entry.action}`}
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
