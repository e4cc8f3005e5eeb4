"use client";

import { useLocale, useTranslations } from "next-intl";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { quantityText } from "@/contract/units";
import { CHANGE_KINDS } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";

type Change = Outputs["fleet"]["machines"]["get"]["changes"][number];

/** When something happened: its age, and everything down to the second on hover. */
export function ChangeTime({ at }: { at: Date }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.age(at, nowMs));
  return (
    <time dateTime={at.toISOString()} title={moment.exact(at)} className="text-ink-faint tabular-nums">
      {text}
    </time>
  );
}

/** What happened, in words; figures that travel as plain numbers get their unit here. */
export function useMachineChangeText(): (change: Pick<Change, "kind" | "before" | "after">) => string {
  const t = useTranslations("fleet.changes");
  const locale = useLocale();
  return ({ kind, before, after }) => {
    const figure = (text: string | null) =>
      kind === "memoryTotalBytes" && text !== null ? quantityText("bytes", Number(text), locale) : (text ?? "");
    const values = { before: figure(before), after: figure(after) };
    const known = CHANGE_KINDS.find((candidate) => candidate === kind && candidate !== "bootId");
    return known && known !== "bootId" ? t(known, values) : t("other", { kind, ...values });
  };
}

/** A timeline, newest first. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  const textOf = useMachineChangeText();
  return (
    <ol className="flex flex-col text-table">
      {changes.map((change) => (
        <li
          key={change.id}
          className="grid grid-cols-[5.5rem_1fr] gap-x-3 border-line border-t py-1.5 first:border-t-0"
        >
          <ChangeTime at={change.observedAt ?? change.receivedAt} />
          <div className="min-w-0">
            <span className="break-words text-ink-muted">{textOf(change)}</span>
          </div>
        </li>
      ))}
    </ol>
  );
}
