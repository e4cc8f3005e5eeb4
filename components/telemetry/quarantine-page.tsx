"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useClock } from "@/components/shell/clock";
import { EmptyState } from "@/components/shell/empty-state";
import { useMomentText } from "@/components/shell/moment-text";
import { PageHeader } from "@/components/shell/page-header";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { QuarantinePanel } from "./quarantine-panel";

export type Quarantined = Outputs["telemetry"]["quarantine"]["list"]["messages"][number];

function Age({ at }: { at: Date }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.age(at, nowMs));
  return (
    <time dateTime={at.toISOString()} title={moment.exact(at)}>
      {text}
    </time>
  );
}

function useColumns(): TableColumn<Quarantined>[] {
  const t = useTranslations("telemetry.quarantine");
  return useMemo(
    () => [
      {
        id: "agent",
        header: t("columns.agent"),
        widthPx: 180,
        cell: (message) => <span className="truncate font-medium text-ink">{message.hostname}</span>,
      },
      {
        id: "received",
        header: t("columns.received"),
        widthPx: 120,
        priority: 1,
        cell: (message) => <Age at={message.receivedAt} />,
      },
      {
        id: "kind",
        header: t("columns.kind"),
        widthPx: 130,
        priority: 3,
        cell: (message) => t(`kinds.${message.kind}`),
      },
      {
        id: "reason",
        header: t("columns.reason"),
        widthPx: 280,
        canGrow: true,
        priority: 2,
        cell: (message) => (
          <span className="truncate font-mono text-caption" title={message.reason}>
            {message.reason}
          </span>
        ),
      },
      {
        id: "bytes",
        header: t("columns.bytes"),
        widthPx: 100,
        align: "end",
        priority: 3,
        cell: (message) => <Quantity kind="bytes" value={message.bytes} />,
      },
      {
        id: "site",
        header: t("columns.site"),
        widthPx: 160,
        priority: 3,
        cell: (message) => <span className="truncate">{message.siteName}</span>,
      },
    ],
    [t],
  );
}

/** What agents sent and no attempt could store: from whom, why, and what is to become of it. */
export function QuarantinePage() {
  const t = useTranslations("telemetry.quarantine");
  const trpc = useTRPC();
  const columns = useColumns();
  const query = useQuery(trpc.telemetry.quarantine.list.queryOptions());
  const [openId, setOpenId] = useState<number | null>(null);
  const open = query.data?.messages.find(({ id }) => id === openId);
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-80" />}
        isEmpty={({ total }) => total === 0}
        empty={<EmptyState title={t("empty")} missing={t("emptyMissing")} />}
      >
        {({ total, messages }) => (
          <>
            <p className="mb-3 text-table">
              <StateMark state="warning" word={t("lost", { count: total })} className="whitespace-normal" />
              {total > messages.length ? (
                <span className="ml-2 text-ink-faint">{t("newest", { count: messages.length })}</span>
              ) : null}
            </p>
            <DataTable
              id="quarantine"
              label={t("label")}
              columns={columns}
              rows={messages}
              total={messages.length}
              getRowId={({ id }) => String(id)}
              getRowName={({ hostname }) => hostname}
              onOpen={({ id }) => setOpenId(id)}
              currentRowId={openId === null ? null : String(openId)}
            />
          </>
        )}
      </QueryView>
      {open ? <QuarantinePanel key={open.id} message={open} onClose={() => setOpenId(null)} /> : null}
    </>
  );
}
