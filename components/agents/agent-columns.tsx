"use client";

import { useFormatter, useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import type { TableColumn } from "@/components/table/table-column";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { CLOCK_OFFSET_SECONDS_MAX } from "@/server/telemetry/model";

export type AgentRow = Outputs["agents"]["list"][number];

/** A clock that is off by less is right for our purpose, and mostly it is the way here. */
const CLOCK_SECONDS_NOTED = 2;

/** State of an agent: its own status first, then whether it is reached. */
export function AgentState({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.status");
  if (agent.status === "waiting") return <StateMark state="waiting" word={t("waiting")} />;
  if (agent.status === "active" && !agent.isSpeaking) return <StateMark state="offline" word={t("replaced")} />;
  return <ConnectivityMark connectivity={agent.connectivity} intervalSeconds={agent.intervalSeconds} />;
}

/** What waits on the agent's disk, and what it had to give up. */
export function AgentSpool({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.spool");
  const locale = useLocale();
  const { report } = agent;
  if (!report) return <Quantity kind="count" value={null} />;
  if (report.spoolError) return <StateMark state="warning" word={report.spoolError} />;
  if (report.droppedBatches > 0)
    return <StateMark state="warning" word={t("dropped", { count: report.droppedBatches })} />;
  if (report.spoolBatches === 0) return <span className="text-ink-faint">{t("none")}</span>;
  return (
    <span className="tabular-nums">
      {t("batches", { count: report.spoolBatches })} · {quantityText("bytes", report.spoolBytes, locale)}
    </span>
  );
}

/** How far the edge's clock is from ours. */
export function AgentClock({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.clock");
  const locale = useLocale();
  const offset = agent.clockOffsetSeconds;
  if (offset === null) return <Quantity kind="seconds" value={null} />;
  const size = Math.abs(offset);
  if (size <= CLOCK_SECONDS_NOTED) return <span className="text-ink-faint">{t("right")}</span>;
  const text = t("off", { figure: quantityText("seconds", size, locale) });
  return size > CLOCK_OFFSET_SECONDS_MAX ? <StateMark state="warning" word={text} /> : text;
}

/** The columns of the agent list. */
export function useAgentColumns(): TableColumn<AgentRow>[] {
  const t = useTranslations("agents.columns");
  const format = useFormatter();
  return useMemo(
    () => [
      {
        id: "host",
        header: t("host"),
        widthPx: 150,
        canGrow: true,
        cell: (agent) => <span className="font-medium text-ink">{agent.hostname}</span>,
      },
      { id: "state", header: t("state"), widthPx: 160, priority: 1, cell: (agent) => <AgentState agent={agent} /> },
      { id: "site", header: t("site"), widthPx: 120, priority: 2, cell: (agent) => agent.siteName },
      {
        id: "version",
        header: t("version"),
        widthPx: 80,
        priority: 3,
        cell: (agent) => <span className="font-mono text-caption">{agent.version}</span>,
      },
      {
        id: "platform",
        header: t("platform"),
        widthPx: 110,
        priority: 3,
        isHiddenAtFirst: true,
        cell: (agent) => agent.platform,
      },
      { id: "spool", header: t("spool"), widthPx: 160, priority: 2, cell: (agent) => <AgentSpool agent={agent} /> },
      { id: "clock", header: t("clock"), widthPx: 120, priority: 3, cell: (agent) => <AgentClock agent={agent} /> },
      {
        id: "memory",
        header: t("memory"),
        widthPx: 150,
        align: "end",
        priority: 3,
        isHiddenAtFirst: true,
        cell: (agent) => <Quantity kind="bytes" value={agent.report?.residentBytes ?? null} />,
      },
      {
        id: "enrolled",
        header: t("enrolled"),
        widthPx: 115,
        align: "end",
        priority: 3,
        cell: (agent) => format.dateTime(agent.enrolledAt, { dateStyle: "medium" }),
      },
      {
        id: "lastReceived",
        header: t("lastReceived"),
        widthPx: 120,
        align: "end",
        priority: 1,
        cell: (agent) => (
          <FreshnessMark
            observedAt={agent.lastReceivedAt}
            staleAfterSeconds={MISSED_INTERVALS_MAX * agent.intervalSeconds}
            provenance={{ origin: "measured", source: agent.hostname }}
            isShort
          />
        ),
      },
    ],
    [t, format],
  );
}
