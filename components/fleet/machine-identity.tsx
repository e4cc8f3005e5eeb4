"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useMay } from "@/components/access/use-may";
import { useAgentActions } from "@/components/agents/use-agent-actions";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { StateMark } from "@/components/ui/state-mark";
import type { Machine } from "./machine-figures";
import { machineHref } from "./machine-href";

function Notice({ children }: { children: ReactNode }) {
  return (
    <div role="status" className="mb-6 flex items-baseline gap-3 rounded-md bg-critical-soft px-3 py-2.5 text-table">
      <StateMark state="critical" isWordHidden />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

function Age({ at }: { at: Date }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.age(at, nowMs));
  return (
    <time dateTime={at.toISOString()} title={moment.exact(at)} className="tabular-nums">
      {text}
    </time>
  );
}

/** Two machines claim one identity: what that means, the other one, and the two ways out. */
function Collision({ machine, collision }: { machine: Machine; collision: NonNullable<Machine["collision"]> }) {
  const t = useTranslations("fleet.identity");
  const may = useMay();
  const { revoke } = useAgentActions();
  const [asked, setAsked] = useState<"this" | "other" | null>(null);
  const { machineId, agentId, name, siteName, lastReceivedAt } = collision;
  const losers = {
    this: agentId && name ? { agentId, name } : null,
    other: machine.agentId ? { agentId: machine.agentId, name: machine.name } : null,
  };
  const loser = asked ? losers[asked] : null;
  const kept = asked === "this" ? machine.name : (name ?? "");
  const choice = (which: "this" | "other") =>
    losers[which] && may("agents:revoke") ? (
      <Button size="small" onClick={() => setAsked(which)}>
        {t(which === "this" ? "keepThis" : "keepOther")}
      </Button>
    ) : null;
  return (
    <Notice>
      <p className="font-medium text-ink">{t("collision")}</p>
      <p className="mt-0.5 text-ink-muted">
        {machineId ? (
          <>
            {t("collisionOther")}{" "}
            <Link href={machineHref(machineId)} className="font-medium text-accent-text underline">
              {name}
            </Link>
            {" · "}
            {siteName}
            {lastReceivedAt ? (
              <>
                {" · "}
                {t("heard")} <Age at={lastReceivedAt} />
              </>
            ) : null}
            .{" "}
          </>
        ) : (
          <>{t("collisionHidden")} </>
        )}
        {t("collisionHelp")}
      </p>
      {machineId && may("agents:revoke") ? (
        <div className="mt-2 flex flex-wrap gap-2">
          {choice("this")}
          {choice("other")}
        </div>
      ) : null}
      {loser ? (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => !isOpen && setAsked(null)}
          title={t("keepTitle", { name: kept })}
          consequence={t("keepConsequence", { name: loser.name })}
          action={t("keepAction", { name: loser.name })}
          isBusy={revoke.isBusy}
          onConfirm={() => revoke.run(loser.agentId, loser.name, () => setAsked(null))}
        />
      ) : null}
    </Notice>
  );
}

/** Two processes use one key: which they are, when each was heard, and the choice of which one keeps it. */
function SharedKey({ machine, shared }: { machine: Machine; shared: NonNullable<Machine["sharedKey"]> }) {
  const t = useTranslations("fleet.identity");
  const may = useMay();
  const { keepProcess } = useAgentActions();
  const [epoch, setEpoch] = useState<number | null>(null);
  return (
    <Notice>
      <p className="font-medium text-ink">{t("shared")}</p>
      <p className="mt-0.5 text-ink-muted">{t("sharedHelp")}</p>
      <ul className="mt-2 border-critical/30 border-t">
        {shared.processes.map((process) => (
          <li
            key={process.epoch}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-critical/30 border-b py-1.5"
          >
            <span className="min-w-0">
              <span className="break-all font-mono text-caption">
                {process.bootId ? t("boot", { id: process.bootId }) : t("bootUnknown", { epoch: process.epoch })}
              </span>
              <span className="block text-caption text-ink-muted">
                {t(`verdicts.${process.verdict}`)} · {t("began")} <Age at={process.firstSeenAt} /> · {t("heard")}{" "}
                <Age at={process.heardAt} />
              </span>
            </span>
            {may("agents:revoke") ? (
              <Button size="small" onClick={() => setEpoch(process.epoch)}>
                {t("keepProcess")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      <ConfirmDialog
        isOpen={epoch !== null}
        onOpenChange={(isOpen) => !isOpen && setEpoch(null)}
        title={t("keepProcessTitle")}
        consequence={t("keepProcessConsequence")}
        action={t("keepProcessAction")}
        isBusy={keepProcess.isBusy}
        onConfirm={() => {
          if (epoch === null) return;
          keepProcess.run({ agentId: shared.agentId, epoch }, machine.name, () => setEpoch(null));
        }}
      />
    </Notice>
  );
}

/** What is doubtful about who this machine is, with the choices that end the doubt. Nothing where all is clear. */
export function MachineIdentity({ machine }: { machine: Machine }) {
  return (
    <>
      {machine.collision ? <Collision machine={machine} collision={machine.collision} /> : null}
      {machine.sharedKey ? <SharedKey machine={machine} shared={machine.sharedKey} /> : null}
    </>
  );
}
