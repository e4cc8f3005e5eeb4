"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useMay } from "@/components/access/use-may";
import { machineHref } from "@/components/fleet/machine-href";
import { useMomentText } from "@/components/shell/moment-text";
import { Quantity } from "@/components/shell/quantity";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { quantityText } from "@/contract/units";
import { AgentClock, type AgentRow, AgentSpool, AgentState } from "./agent-columns";
import { useAgentActions } from "./use-agent-actions";

/** Everything about one agent, and the way to shut it out. */
export function AgentPanel({ agent, onClose }: { agent: AgentRow; onClose: () => void }) {
  const t = useTranslations("agents");
  const locale = useLocale();
  const moment = useMomentText();
  const may = useMay();
  const { revoke } = useAgentActions();
  const [isAsked, setIsAsked] = useState(false);
  const time = (at: Date | null) => (at ? moment.exact(at) : t("detail.notYet"));
  const mono = (text: string) => <span className="break-all font-mono text-caption">{text}</span>;
  const count = (value: number) => <Quantity kind="count" value={value} />;
  const rows: [string, ReactNode][] = [
    [t("columns.state"), <AgentState key="state" agent={agent} />],
    [t("columns.site"), agent.siteName],
    [t("detail.id"), mono(agent.id)],
    [t("waiting.uuid"), agent.systemUuid ? mono(agent.systemUuid) : t("waiting.none")],
    [t("waiting.serial"), agent.systemSerial ? mono(agent.systemSerial) : t("waiting.none")],
    [t("columns.version"), mono(agent.version)],
    [t("columns.platform"), agent.platform],
    [t("detail.interval"), quantityText("seconds", agent.intervalSeconds, locale)],
    [t("columns.lastReceived"), time(agent.lastReceivedAt)],
    [t("detail.observed"), time(agent.lastObservedAt)],
    [t("columns.clock"), <AgentClock key="clock" agent={agent} />],
    [t("columns.spool"), <AgentSpool key="spool" agent={agent} />],
    [t("columns.memory"), <Quantity key="memory" kind="bytes" value={agent.report?.residentBytes ?? null} />],
    [t("detail.started"), agent.report ? time(new Date(agent.report.startedAt)) : t("detail.notYet")],
    [t("detail.token"), agent.joinTokenName],
    [t("columns.enrolled"), time(agent.enrolledAt)],
    [t("detail.approved"), time(agent.approvedAt)],
    ...(agent.revokedAt ? ([[t("detail.revoked"), time(agent.revokedAt)]] as [string, ReactNode][]) : []),
    [t("detail.ignoredEntities"), count(agent.ignoredEntities)],
    [t("detail.ignoredReadings"), count(agent.ignoredReadings)],
    [t("detail.misdated"), count(agent.misdatedObservations)],
  ];
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      shape="panel"
      title={agent.hostname}
      footer={
        <>
          {agent.machineId ? (
            <Button asChild>
              <Link href={machineHref(agent.machineId)}>{t("detail.openMachine")}</Link>
            </Button>
          ) : null}
          {may("agents:revoke") && agent.status !== "revoked" ? (
            <Button variant="danger" onClick={() => setIsAsked(true)}>
              {t("revoke.action")}
            </Button>
          ) : null}
        </>
      }
    >
      <dl className="grid grid-cols-[minmax(9rem,auto)_1fr] text-table">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="border-line border-t py-1.5 pr-4 text-ink-faint">{name}</dt>
            <dd className="min-w-0 border-line border-t py-1.5">{value}</dd>
          </div>
        ))}
      </dl>
      <ConfirmDialog
        isOpen={isAsked}
        onOpenChange={setIsAsked}
        title={t("revoke.title", { name: agent.hostname })}
        consequence={t("revoke.consequence", { name: agent.hostname })}
        action={t("revoke.action")}
        isBusy={revoke.isBusy}
        onConfirm={() =>
          revoke.run(agent.id, agent.hostname, () => {
            setIsAsked(false);
            onClose();
          })
        }
      />
    </Dialog>
  );
}
