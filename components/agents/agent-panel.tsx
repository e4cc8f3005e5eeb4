"use client";

import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { Fragment, type ReactNode, useState } from "react";
import { useMay } from "@/components/access/use-may";
import { machineHref } from "@/components/fleet/machine-href";
import { useMomentText } from "@/components/shell/moment-text";
import { Quantity } from "@/components/shell/quantity";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import { AgentClock, type AgentRow, AgentSpool, AgentState, AgentUnused } from "./agent-figures";
import { useAgentActions } from "./use-agent-actions";

type Fact = [name: string, value: ReactNode];

const mono = (text: string) => <span className="break-all font-mono text-caption">{text}</span>;

function useAgentFacts(agent: AgentRow): { title: string; facts: Fact[] }[] {
  const t = useTranslations("agents");
  const locale = useLocale();
  const moment = useMomentText();
  const time = (at: Date | null, otherwise = t("detail.notYet")) => (at ? moment.exact(at) : otherwise);
  const { report } = agent;
  const untold = <span className="text-ink-faint">{t("waiting.none")}</span>;
  const contact: Fact[] = [
    [t("columns.state"), <AgentState key="state" agent={agent} />],
    [t("columns.lastReceived"), time(agent.lastReceivedAt)],
    [t("detail.observed"), time(agent.lastObservedAt)],
    [t("detail.interval"), quantityText("seconds", agent.intervalSeconds, locale)],
    [t("columns.clock"), <AgentClock key="clock" agent={agent} isExact />],
    [t("detail.started"), time(report ? new Date(report.startedAt) : null)],
    [t("columns.memory"), <Quantity key="memory" kind="bytes" value={report?.residentBytes ?? null} />],
    [t("columns.spool"), <AgentSpool key="spool" agent={agent} />],
    ...(report?.spoolError ? ([[t("detail.spoolError"), mono(report.spoolError)]] as Fact[]) : []),
    [t("columns.unused"), <AgentUnused key="unused" agent={agent} />],
  ];
  return [
    { title: t("detail.contact"), facts: contact },
    {
      title: t("detail.identity"),
      facts: [
        [t("detail.id"), mono(agent.id)],
        [t("waiting.uuid"), agent.systemUuid ? mono(agent.systemUuid) : untold],
        [t("waiting.serial"), agent.systemSerial ? mono(agent.systemSerial) : untold],
        ...(agent.providerId ? ([[t("detail.providerId"), mono(agent.providerId)]] as Fact[]) : []),
        ...(agent.osMachineId ? ([[t("detail.machineId"), mono(agent.osMachineId)]] as Fact[]) : []),
        [t("columns.platform"), agent.platform],
        [t("columns.version"), mono(agent.version)],
      ],
    },
    {
      title: t("detail.enrolment"),
      facts: [
        [t("columns.site"), agent.siteName],
        [t("detail.token"), agent.joinTokenName],
        [t("columns.enrolled"), time(agent.enrolledAt)],
        [t("detail.approved"), agent.isApprovalRequired ? time(agent.approvedAt) : t("detail.notAsked")],
        ...(agent.revokedAt ? ([[t("detail.revoked"), time(agent.revokedAt)]] as Fact[]) : []),
      ],
    },
  ];
}

function AgentNotice({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.detail");
  const grave = [...(agent.isContested ? [t("collision")] : []), ...(agent.sharedSince ? [t("shared")] : [])];
  if (grave.length > 0) {
    return grave.map((text) => (
      <div key={text} className="mb-4 flex items-baseline gap-2 rounded-md bg-critical-soft px-3 py-2 text-table">
        <StateMark state="critical" isWordHidden />
        <p>
          {text}{" "}
          {agent.machineId ? (
            <Link href={machineHref(agent.machineId)} className="font-medium text-accent-text underline">
              {t("decide")}
            </Link>
          ) : null}
        </p>
      </div>
    ));
  }
  if (agent.status === "active" && !agent.isSpeaking) {
    return <p className="mb-4 rounded-md bg-unknown-soft px-3 py-2 text-table">{t("replaced")}</p>;
  }
  return null;
}

/** Everything about one agent, and the way to shut it out. */
export function AgentPanel({ agent, onClose }: { agent: AgentRow; onClose: () => void }) {
  const t = useTranslations("agents");
  const may = useMay();
  const { revoke } = useAgentActions();
  const [isAsked, setIsAsked] = useState(false);
  const groups = useAgentFacts(agent);
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
      <AgentNotice agent={agent} />
      {groups.map(({ title, facts }) => (
        <Fragment key={title}>
          <h3 className="mt-5 mb-1 font-medium text-table first:mt-0">{title}</h3>
          <dl className="grid grid-cols-[10rem_1fr] text-table max-md:grid-cols-[8rem_1fr]">
            {facts.map(([name, value]) => (
              <div key={name} className="contents">
                <dt className="border-line border-t py-1.5 pr-3 text-ink-faint">{name}</dt>
                <dd className="min-w-0 border-line border-t py-1.5">{value}</dd>
              </div>
            ))}
          </dl>
        </Fragment>
      ))}
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
