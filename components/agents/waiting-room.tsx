"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { StateMark } from "@/components/ui/state-mark";
import type { AgentRow } from "./agent-figures";
import { useAgentActions } from "./use-agent-actions";

function Since({ at }: { at: Date }) {
  const t = useTranslations("agents.waiting");
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.age(at, nowMs));
  return <span className="tabular-nums">{t("since", { age: text })}</span>;
}

function Identity({ value }: { value: string | null }) {
  const t = useTranslations("agents.waiting");
  return <dd className={value ? "break-all font-mono text-ink-muted" : undefined}>{value ?? t("none")}</dd>;
}

export type WaitingRoomProps = {
  /** The newest of them. */
  agents: readonly AgentRow[];
  total: number;
};

/** Agents that have a key and wait for a person's yes. Not there when nobody waits. */
export function WaitingRoom({ agents, total }: WaitingRoomProps) {
  const t = useTranslations("agents.waiting");
  const may = useMay();
  const actions = useAgentActions();
  const [asked, setAsked] = useState<{ agent: AgentRow; verb: "approve" | "reject" } | null>(null);
  if (agents.length === 0) return null;
  const close = () => setAsked(null);
  return (
    <section className="mb-8" aria-labelledby="waiting-room">
      <h2 id="waiting-room" className="font-semibold text-heading">
        <StateMark state="waiting" isWordHidden className="mr-2" />
        {t("title")}
      </h2>
      <p className="text-ink-muted text-table">{t("help")}</p>
      <ul className="mt-2 border-line border-b text-table">
        {agents.map((agent) => (
          <li key={agent.id} className="flex flex-wrap items-center gap-x-6 gap-y-2 border-line border-t py-2.5">
            <div className="min-w-0 flex-1 basis-72">
              <div>
                <span className="font-medium text-ink">{agent.hostname}</span>
                <span className="text-ink-faint">
                  {" "}
                  · {agent.siteName} · {agent.platform} · {agent.joinTokenName} · <Since at={agent.enrolledAt} />
                </span>
              </div>
              <dl className="mt-0.5 grid grid-cols-[auto_1fr] gap-x-3 text-caption text-ink-faint">
                <dt>{t("uuid")}</dt>
                <Identity value={agent.systemUuid} />
                <dt>{t("serial")}</dt>
                <Identity value={agent.systemSerial} />
              </dl>
            </div>
            <div className="flex gap-2">
              {may("agents:revoke") ? (
                <Button onClick={() => setAsked({ agent, verb: "reject" })}>{t("reject")}</Button>
              ) : null}
              {may("agents:approve") ? (
                <Button variant="primary" onClick={() => setAsked({ agent, verb: "approve" })}>
                  {t("approve")}
                </Button>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
      {total > agents.length ? (
        <p className="mt-2 text-caption text-ink-muted">{t("more", { count: total - agents.length })}</p>
      ) : null}
      {asked ? (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => !isOpen && close()}
          title={t(`${asked.verb}Title`, { name: asked.agent.hostname })}
          consequence={t(`${asked.verb}Consequence`, { name: asked.agent.hostname, site: asked.agent.siteName })}
          action={t(asked.verb)}
          isDangerous={asked.verb === "reject"}
          isBusy={actions[asked.verb].isBusy}
          onConfirm={() => actions[asked.verb].run(asked.agent.id, asked.agent.hostname, close)}
        />
      ) : null}
    </section>
  );
}
