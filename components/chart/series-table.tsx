"use client";

import { useFormatter, useLocale, useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import { type QuantityKind, quantityText } from "@/contract/units";
import { type ChartSeries, chartRows, SUMMARY_FIGURES } from "./series";

export type SeriesTableProps = {
  label: string;
  kind: QuantityKind;
  series: readonly ChartSeries[];
  gapSeconds: number;
  heightPx: number;
};

/** The figures of a chart as a table, the newest first. */
export function SeriesTable({ label, kind, series, gapSeconds, heightPx }: SeriesTableProps) {
  const t = useTranslations("ui.chart");
  const locale = useLocale();
  const format = useFormatter();
  const rows = chartRows(series, gapSeconds).reverse();
  const hasSummary = series.some(({ summary }) => summary);
  return (
    <section
      aria-label={label}
      // A part that scrolls has to be reachable for the keyboard.
      {...{ tabIndex: 0 }}
      className="overflow-auto"
      style={{ height: heightPx }}
    >
      <table className="w-full border-separate border-spacing-0 text-caption tabular-nums">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr>
            <th scope="col" className="sticky top-0 border-line border-b bg-surface py-1 text-left font-medium">
              {t("time")}
            </th>
            {series.map((one) => (
              <th
                key={one.id}
                scope="col"
                className="sticky top-0 border-line border-b bg-surface py-1 pl-4 text-right font-medium"
              >
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.at}>
              <th scope="row" className="whitespace-nowrap py-0.5 text-left font-normal text-ink-muted">
                {format.dateTime(row.at, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" })}
              </th>
              {series.map((one) => {
                const value = row[one.id];
                return (
                  <td key={one.id} className="py-0.5 pl-4 text-right">
                    {typeof value === "number" ? (
                      quantityText(kind, value, locale)
                    ) : (
                      <StateMark state="unknown" word={t("unknown")} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
        {hasSummary ? (
          <tfoot className="[&>tr:first-child>*]:border-line [&>tr:first-child>*]:border-t">
            {SUMMARY_FIGURES.map((figure) => (
              <tr key={figure}>
                <th scope="row" className="whitespace-nowrap py-0.5 text-left font-medium">
                  {t(`summary.${figure}`)}
                </th>
                {series.map((one) => {
                  const value = one.summary?.[figure];
                  return (
                    <td key={one.id} className="py-0.5 pl-4 text-right font-medium">
                      {typeof value === "number" ? quantityText(kind, value, locale) : "–"}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tfoot>
        ) : null}
      </table>
    </section>
  );
}
