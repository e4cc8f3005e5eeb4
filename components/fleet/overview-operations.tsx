"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Meter } from "@/components/chart/meter";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { useTRPC } from "@/components/shell/trpc-provider";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";

type Operation = Outputs["operations"]["list"][number];

const RUNNING_MS = 2000;
const RESTING_MS = 30_000;
const MARKS: Record<Operation["state"], MarkState> = {
  running: "waiting",
  lost: "unknown",
  done: "good",
  failed: "critical",
};

function OperationLine({ operation }: { operation: Operation }) {
  const t = useTranslations("fleet.operations");
  const moment = useMomentText();
  const { kind, state, label, isOwn, done, total, startedAt, heardAt, endedAt } = operation;
  const name = t(`kinds.${kind}`);
  const age = useClock((nowMs) => moment.age(endedAt ?? (state === "lost" ? heardAt : startedAt), nowMs));
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t py-2 text-table first:border-t-0">
      <StateMark state={MARKS[state]} word={t(`states.${state}`)} />
      <span className="min-w-0 flex-1">
        <span className="font-medium text-ink">{name}</span>{" "}
        <span className="text-ink-faint">· {isOwn ? t("own") : label}</span>
      </span>
      {state === "done" ? null : (
        <span className="flex items-center gap-2 text-ink-muted tabular-nums">
          <Meter label={name} ratio={done / total} severity="good" className="w-32" />
          {t("progress", { done, total })}
        </span>
      )}
      <span className="text-caption text-ink-faint tabular-nums">{t(`ages.${state}`, { time: age })}</span>
    </li>
  );
}

/** What somebody started and what takes long: how far it is, and how it went. Nothing when nothing was started. */
export function OverviewOperations() {
  const t = useTranslations("fleet.operations");
  const trpc = useTRPC();
  const { data = [] } = useQuery(
    trpc.operations.list.queryOptions(undefined, {
      refetchInterval: ({ state }) => (state.data?.some((one) => one.state === "running") ? RUNNING_MS : RESTING_MS),
    }),
  );
  if (data.length === 0) return null;
  return (
    <section className="min-w-0" aria-label={t("title")}>
      <h2 className="mb-2 font-semibold text-heading">{t("title")}</h2>
      <ul>
        {data.map((operation) => (
          <OperationLine key={operation.id} operation={operation} />
        ))}
      </ul>
    </section>
  );
}
