"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useMemo } from "react";
import { machineHref } from "@/components/fleet/machine-href";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import type { TableColumn } from "@/components/table/table-column";
import { StateMark } from "@/components/ui/state-mark";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import { AgentClock, type AgentRow, AgentSpool, AgentState, AgentUnused } from "./agent-figures";

function AgentHost({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.status");
  return (
    <span className="flex min-w-0 items-center gap-2">
      {agent.machineId ? (
        <Link
          href={machineHref(agent.machineId)}
          prefetch={false}
          className="truncate font-medium text-ink hover:text-accent-text hover:underline"
        >
          {agent.hostname}
        </Link>
      ) : (
        <span className="truncate font-medium text-ink">{agent.hostname}</span>
      )}
      {agent.isContested ? <StateMark state="critical" word={t("collides")} isWordHidden /> : null}
      {agent.sharedSince ? <StateMark state="critical" word={t("shared")} isWordHidden /> : null}
    </span>
  );
}

/** The columns of the agent list; the name leads to the machine, the rest of the row opens the agent. */
export function useAgentColumns(): TableColumn<AgentRow>[] {
  const t = useTranslations("agents.columns");
  const format = useFormatter();
  return useMemo(
    () => [
      { id: "host", header: t("host"), widthPx: 150, canGrow: true, cell: (agent) => <AgentHost agent={agent} /> },
      { id: "state", header: t("state"), widthPx: 165, priority: 1, cell: (agent) => <AgentState agent={agent} /> },
      { id: "site", header: t("site"), widthPx: 148, priority: 2, cell: (agent) => agent.siteName },
      {
        id: "version",
        header: t("version"),
        widthPx: 70,
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
      { id: "spool", header: t("spool"), widthPx: 186, priority: 2, cell: (agent) => <AgentSpool agent={agent} /> },
      { id: "clock", header: t("clock"), widthPx: 150, priority: 3, cell: (agent) => <AgentClock agent={agent} /> },
      { id: "unused", header: t("unused"), widthPx: 118, priority: 3, cell: (agent) => <AgentUnused agent={agent} /> },
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
        isHiddenAtFirst: true,
        cell: (agent) => format.dateTime(agent.enrolledAt, { dateStyle: "medium" }),
      },
      {
        id: "lastReceived",
        header: t("lastReceived"),
        widthPx: 178,
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
