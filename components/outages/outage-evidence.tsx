"use client";

import { useLocale, useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import { factorsKey } from "@/server/outages/model";
import { type OutageDetail, useOutageText } from "./use-outage-text";

/** Beyond this, figures of chance say nothing that a person could use. */
const CHANCES_MAX = 1e9;

/** The named fact first, then others that do more than chance: of how many, how much it explains, how rare by chance. */
export function OutageEvidence({ outage }: { outage: OutageDetail }) {
  const t = useTranslations("outages");
  const locale = useLocale();
  const text = useOutageText();
  const { evidence } = outage;
  if (evidence === null) return <p className="text-ink-faint text-table">{t("evidenceLimited")}</p>;
  if (evidence.length === 0) return <p className="text-ink-faint text-table">{t("evidenceNone")}</p>;
  const chance = (logChance: number) => {
    const times = Math.exp(-logChance);
    return times > CHANCES_MAX
      ? t("chanceNever")
      : t("chance", { count: quantityText("count", Math.round(times), locale) });
  };
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-table tabular-nums">
        <thead>
          <tr className="border-line-strong border-b text-left text-caption text-ink-faint">
            <th scope="col" className="py-1.5 pr-4 font-medium">
              {t("columns.factor")}
            </th>
            <th scope="col" className="px-2 py-1.5 text-right font-medium">
              {t("columns.dark")}
            </th>
            <th scope="col" className="px-2 py-1.5 text-right font-medium">
              {t("columns.recall")}
            </th>
            <th scope="col" className="py-1.5 pl-2 text-right font-medium max-sm:hidden">
              {t("columns.chance")}
            </th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((one, place) => (
            <tr key={factorsKey(one.factors)} className="border-line border-b">
              <th scope="row" className="py-1.5 pr-4 text-left font-normal">
                <span className={place === 0 ? "font-medium text-ink" : "text-ink-muted"}>
                  {text.factors(one.factors)}
                </span>
                {one.isRival ? <StateMark state="warning" word={t("rival")} className="ml-2 text-caption" /> : null}
              </th>
              <td className="px-2 py-1.5 text-right">
                {t("ofAll", { part: one.dark, all: one.dark + one.answering })}
              </td>
              <td className="px-2 py-1.5 text-right">{quantityText("ratio", one.recall, locale)}</td>
              <td className="py-1.5 pl-2 text-right text-ink-muted max-sm:hidden">{chance(one.logChance)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
