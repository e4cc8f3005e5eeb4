"use client";

import { useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import { Dialog } from "@/components/ui/dialog";
import type { Outputs } from "@/server/root";
import { detailRows } from "./detail-rows";
import { useActionText } from "./use-action-text";
import { useDetailText } from "./use-detail-text";

export type AuditEntry = Outputs["audit"]["list"]["rows"][number];

/** One entry of the log with everything that was written down. */
export function EntryPanel({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const t = useTranslations("audit");
  const moment = useMomentText();
  const actionText = useActionText();
  const detail = useDetailText();
  const kindKey = `subjects.${entry.subjectKind.replace(" ", "_")}` as "subjects.agent";
  const subjectKind = t.has(kindKey) ? t(kindKey) : entry.subjectKind;
  const rows: [string, string][] = [
    [t("columns.at"), moment.exact(entry.at)],
    [t("columns.actor"), `${entry.actorLabel} (${t(`actors.${entry.actorKind}`)})`],
    [t("columns.action"), actionText(entry.action)],
    [t("columns.subject"), [subjectKind, entry.subjectLabel].filter(Boolean).join(" · ")],
    ...detailRows(entry.details).map((row): [string, string] => [
      detail.name(row.name),
      "value" in row
        ? detail.value(row.name, row.value)
        : t("change", { before: detail.value(row.name, row.before), after: detail.value(row.name, row.after) }),
    ]),
  ];
  const ids: [string, string][] = [
    [t("ids.action"), entry.action],
    ...(entry.subjectId ? ([[t("ids.subject"), entry.subjectId]] as [string, string][]) : []),
    [t("ids.entry"), String(entry.id)],
  ];
  return (
    <Dialog isOpen onOpenChange={(isOpen) => !isOpen && onClose()} shape="panel" title={t("details")}>
      <dl className="grid grid-cols-[minmax(8rem,auto)_1fr] text-table">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="border-line border-t py-1.5 pr-4 text-ink-faint">{name}</dt>
            <dd className="min-w-0 break-words border-line border-t py-1.5">{value}</dd>
          </div>
        ))}
        {ids.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="border-line border-t py-1.5 pr-4 text-ink-faint">{name}</dt>
            <dd className="min-w-0 break-all border-line border-t py-1.5 font-mono text-caption leading-5">{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
