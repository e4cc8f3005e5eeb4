"use client";

import { useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import type { OutageDetail } from "./use-outage-text";

/** What the members share and in what they differ, fact by fact; what is unknown of some is said. */
export function OutageFacts({ outage }: { outage: OutageDetail }) {
  const t = useTranslations("outages");
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 text-table">
      {outage.facts.map(({ kind, values, most, mostCount, unknown }) => {
        const isShared = values === 1;
        return (
          <div key={kind} className="col-span-2 grid grid-cols-subgrid border-line border-t py-1.5 first:border-t-0">
            <dt className="text-ink-muted">{t(`kind.${kind}`)}</dt>
            <dd className="min-w-0 break-words">
              <span className={isShared ? "font-medium text-ink" : "text-ink-muted"}>
                {isShared && unknown === 0
                  ? t("allSame", { value: most })
                  : t("mostSame", { part: mostCount, all: outage.machines + outage.clusters, value: most })}
              </span>
              {isShared ? null : <span className="text-ink-faint"> · {t("different", { count: values })}</span>}
              {unknown > 0 ? (
                <StateMark state="unknown" word={t("unknownOf", { count: unknown })} className="ml-2 text-caption" />
              ) : null}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
