"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useMemo } from "react";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";

export type SenderRow = Outputs["senders"]["list"][number];

const MARKS: Record<SenderRow["state"], MarkState> = { open: "good", expired: "offline", revoked: "offline" };

/** When something of a sender was last heard; said as an age. */
export function HeardAt({ at, never }: { at: Date | null; never: string }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => (at ? moment.age(at, nowMs) : never));
  return at ? <time dateTime={at.toISOString()}>{text}</time> : <span className="text-ink-faint">{never}</span>;
}

/** What is refused is worth a look for so long. */
const PROBLEM_MS = 24 * 3_600_000;

/** What a person should know of this sender: refused requests of the last day, and site names without a site. */
function SenderProblem({ sender }: { sender: SenderRow }) {
  const t = useTranslations("senders");
  const isRecent = useClock(
    (nowMs) => sender.lastProblemAt !== null && nowMs - sender.lastProblemAt.getTime() < PROBLEM_MS,
  );
  if (isRecent) return <StateMark state="warning" word={t("refused")} />;
  if (sender.unknownSites > 0) {
    return <StateMark state="warning" word={t("unknownSiteCount", { count: sender.unknownSites })} />;
  }
  return <span className="text-ink-faint">{t("noProblem")}</span>;
}

function useSenderColumns(): TableColumn<SenderRow>[] {
  const t = useTranslations("senders");
  const format = useFormatter();
  return useMemo(
    () => [
      {
        id: "name",
        header: t("columns.name"),
        widthPx: 180,
        canGrow: true,
        cell: (sender) => <span className="font-medium text-ink">{sender.name}</span>,
      },
      {
        id: "state",
        header: t("columns.state"),
        widthPx: 105,
        priority: 1,
        cell: (sender) => <StateMark state={MARKS[sender.state]} word={t(`states.${sender.state}`)} />,
      },
      {
        id: "site",
        header: t("columns.site"),
        widthPx: 140,
        priority: 2,
        cell: (sender) => sender.siteName ?? t("siteBy", { label: sender.siteLabel ?? "" }),
      },
      {
        id: "heard",
        header: t("columns.heard"),
        widthPx: 110,
        priority: 2,
        cell: (sender) => <HeardAt at={sender.lastUsedAt} never={t("never")} />,
      },
      {
        id: "agent",
        header: t("columns.agent"),
        widthPx: 160,
        priority: 3,
        cell: (sender) => <span className="truncate">{sender.lastAgent || "–"}</span>,
      },
      {
        id: "targets",
        header: t("columns.targets"),
        widthPx: 80,
        isHiddenAtFirst: true,
        align: "end",
        priority: 3,
        cell: (sender) => format.number(sender.targets),
      },
      {
        id: "metrics",
        header: t("columns.metrics"),
        widthPx: 90,
        align: "end",
        priority: 3,
        cell: (sender) => format.number(sender.metrics),
      },
      {
        id: "unknown",
        header: t("columns.unknown"),
        widthPx: 135,
        align: "end",
        priority: 2,
        cell: (sender) => format.number(sender.unknownMetrics),
      },
      {
        id: "problem",
        header: t("columns.problem"),
        widthPx: 190,
        priority: 2,
        cell: (sender) => <SenderProblem sender={sender} />,
      },
    ],
    [t, format],
  );
}

/** All API tokens with what came in by each. */
export function SenderTable(props: {
  senders: readonly SenderRow[];
  openId: string | null;
  onOpen: (senderId: string) => void;
}) {
  const { senders, openId, onOpen } = props;
  const t = useTranslations("senders");
  const columns = useSenderColumns();
  return (
    <DataTable
      id="senders"
      label={t("title")}
      columns={columns}
      rows={senders}
      total={senders.length}
      getRowId={(sender) => sender.id}
      getRowName={(sender) => sender.name}
      onOpen={(sender) => onOpen(sender.id)}
      currentRowId={openId}
    />
  );
}
