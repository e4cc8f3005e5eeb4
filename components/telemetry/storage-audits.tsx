"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { EntityTable } from "@/components/fleet/entity-table";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { Button } from "@/components/ui/button";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";

type Audit = Outputs["telemetry"]["storage"]["get"]["audits"][number];

/** A night was missed when the last audit is older than this. */
const LATE_MS = 36 * 3_600_000;
const NIGHTS_AT_FIRST = 7;

function Verdict({ audits }: { audits: readonly Audit[] }) {
  const t = useTranslations("telemetry.storage.audits");
  const [last] = audits;
  const isLate = useClock((nowMs) => last !== undefined && nowMs - last.at.getTime() > LATE_MS);
  const wrong = audits.filter(({ different }) => different > 0).length;
  if (!last) return <StateMark state="unknown" word={t("never")} className="whitespace-normal" />;
  if (wrong > 0) {
    return <StateMark state="critical" word={t("wrong", { count: wrong })} className="whitespace-normal" />;
  }
  if (isLate) return <StateMark state="unknown" word={t("late")} className="whitespace-normal" />;
  // Nothing was compared, so nothing was found right either.
  if (audits.every(({ checked }) => checked === 0)) {
    return <StateMark state="unknown" word={t("nothingChecked")} className="whitespace-normal" />;
  }
  return <StateMark state="good" word={t("right", { count: audits.length })} className="whitespace-normal" />;
}

function When({ at }: { at: Date }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.clock(at, nowMs));
  return (
    <time dateTime={at.toISOString()} title={moment.exact(at)} className="whitespace-nowrap tabular-nums">
      {text}
    </time>
  );
}

function Found({ audit }: { audit: Audit }) {
  const t = useTranslations("telemetry.storage.audits");
  const moment = useMomentText();
  if (audit.checked === 0) return <StateMark state="unknown" word={t("noSums")} className="whitespace-normal" />;
  if (audit.different === 0) return <StateMark state="good" word={t("allRight")} className="whitespace-normal" />;
  return (
    <div className="min-w-0">
      <StateMark state="critical" word={t("different", { count: audit.different })} className="whitespace-normal" />
      <ul className="mt-1 flex flex-col gap-0.5 font-mono text-caption text-ink-muted">
        {audit.detail.map(({ kind, metric, at, stored, recomputed }) => (
          <li key={`${kind} ${metric} ${at.getTime()}`} className="break-words">
            {t("detail", {
              name: `${kind}.${metric}`,
              at: moment.exact(at),
              stored: t("ofParts", stored),
              recomputed: t("ofParts", recomputed),
            })}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whether the sums that are kept are what the readings give: what each night found. */
export function StorageAudits({ audits }: { audits: readonly Audit[] }) {
  const t = useTranslations("telemetry.storage.audits");
  const format = useFormatter();
  const [isAll, setAll] = useState(false);
  const verdict = (
    <p role="status" className="mt-2 text-table">
      <Verdict audits={audits} />
    </p>
  );
  if (audits.length === 0) {
    return (
      <section>
        <h2 className="font-semibold text-heading">{t("title")}</h2>
        <p className="text-caption text-ink-faint">{t("help")}</p>
        {verdict}
      </section>
    );
  }
  return (
    <div>
      <EntityTable
        isShort
        title={t("title")}
        help={t("help")}
        notice={verdict}
        entities={isAll ? audits : audits.slice(0, NIGHTS_AT_FIRST)}
        getKey={({ at }) => at.toISOString()}
        columns={[
          { id: "at", header: t("columns.at"), cell: ({ at }) => <When at={at} /> },
          { id: "found", header: t("columns.found"), cell: (audit) => <Found audit={audit} /> },
          {
            id: "checked",
            header: t("columns.checked"),
            isFigure: true,
            cell: ({ checked }) => format.number(checked),
          },
        ]}
      />
      {audits.length > NIGHTS_AT_FIRST && !isAll ? (
        <Button size="small" className="mt-2" onClick={() => setAll(true)}>
          {t("all", { count: audits.length })}
        </Button>
      ) : null}
    </div>
  );
}
