"use client";

import { useLocale, useTranslations } from "next-intl";
import { ClockMark } from "@/components/fleet/clock-mark";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { Hint } from "@/components/shell/hint";
import { UnknownValue } from "@/components/shell/unknown-value";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import type { Outputs } from "@/server/root";

export type AgentRow = Outputs["agents"]["list"]["rows"][number];

/** State of an agent with the rule behind it: its own status first, then whether it is reached. */
export function AgentState({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.status");
  if (agent.status === "waiting") {
    return (
      <Hint content={t("waitingRule")}>
        <StateMark state="waiting" word={t("waiting")} />
      </Hint>
    );
  }
  if (agent.status === "active" && !agent.isSpeaking) {
    return (
      <Hint content={t("replacedRule")}>
        <StateMark state="offline" word={t("replaced")} />
      </Hint>
    );
  }
  return <ConnectivityMark connectivity={agent.connectivity} intervalSeconds={agent.intervalSeconds} />;
}

/** What waits on the agent's disk and, before that, what went wrong there. */
export function AgentSpool({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.spool");
  const locale = useLocale();
  const { report } = agent;
  if (!report) return <UnknownValue reason={null} isShort />;
  if (report.spoolError) {
    return (
      <Hint content={<span className="break-words font-mono">{report.spoolError}</span>}>
        <StateMark state="warning" word={t("error")} />
      </Hint>
    );
  }
  if (report.droppedMoments > 0) {
    return <StateMark state="warning" word={t("dropped", { count: report.droppedMoments })} />;
  }
  if (report.spoolMoments === 0) return <span className="text-ink-faint">{t("none")}</span>;
  return (
    <span className="whitespace-nowrap tabular-nums">
      {t("moments", { count: report.spoolMoments })} · {quantityText("bytes", report.spoolBytes, locale)}
    </span>
  );
}

export type AgentClockProps = {
  agent: AgentRow;
  /** In full, where there is room: `12 min 22 s` and not `12 min`. */
  isExact?: boolean;
};

/** How far the edge's clock is from ours (a clock that is behind gives a positive offset), and whether that is known. */
export function AgentClock({ agent, isExact = false }: AgentClockProps) {
  return (
    <ClockMark
      offsetSeconds={agent.clockOffsetSeconds}
      unsureAt={agent.clockUnsureAt}
      isExact={isExact}
      whenUnknown={<UnknownValue reason={null} isShort />}
    />
  );
}

/** What this agent sent that could not be used: unknown names, impossible times. */
export function AgentUnused({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents.unused");
  const { ignoredEntities, ignoredReadings, misdatedObservations } = agent;
  const count = ignoredEntities + ignoredReadings + misdatedObservations;
  if (count === 0) return <span className="text-ink-faint">{t("none")}</span>;
  const content = (
    <ul>
      {ignoredEntities > 0 ? <li>{t("entities", { count: ignoredEntities })}</li> : null}
      {ignoredReadings > 0 ? <li>{t("readings", { count: ignoredReadings })}</li> : null}
      {misdatedObservations > 0 ? <li>{t("misdated", { count: misdatedObservations })}</li> : null}
    </ul>
  );
  return (
    <Hint content={content}>
      <StateMark state="warning" word={t("count", { count })} />
    </Hint>
  );
}
