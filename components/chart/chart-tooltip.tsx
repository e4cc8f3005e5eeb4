"use client";

import { useFormatter, useLocale, useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import { type QuantityKind, quantityText } from "@/contract/units";
import { bandKey, type ChartEvent, type ChartRow, type ChartSeries, seriesColour } from "./series";

export type ChartTooltipProps = {
  at: number | null;
  isActive: boolean;
  kind: QuantityKind;
  rows: readonly ChartRow[];
  series: readonly ChartSeries[];
  events: readonly ChartEvent[];
  bucketSeconds: number;
  /** What the references are, for example the week before. */
  referenceLabel?: string;
};

const valueAt = (series: ChartSeries, at: number) => series.points.find((point) => point.at === at)?.value;

/** The exact figures under the crosshair; also those that are unknown there. */
export function ChartTooltip({
  at,
  isActive,
  kind,
  rows,
  series,
  events,
  bucketSeconds,
  referenceLabel,
}: ChartTooltipProps) {
  const t = useTranslations("ui.chart");
  const locale = useLocale();
  const format = useFormatter();
  if (!isActive || at === null) return null;
  const row = rows.find((candidate) => candidate.at === at);
  if (!row) return null;
  const figure = (value: unknown) =>
    typeof value === "number" ? quantityText(kind, value, locale) : <StateMark state="unknown" word={t("unknown")} />;
  const pairs = new Map(series.flatMap((one) => (one.isReference && one.of !== undefined ? [[one.of, one]] : [])));
  const near = events.filter((event) => Math.abs(event.at - at) <= bucketSeconds * 1000);
  return (
    <div className="max-w-72 rounded-md bg-raised px-3 py-2 text-caption text-ink shadow-float">
      <p className="mb-1 text-ink-muted tabular-nums">
        {format.dateTime(at, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" })}
      </p>
      <table className="tabular-nums">
        {pairs.size > 0 ? (
          <thead>
            <tr className="text-ink-faint">
              <td />
              <td />
              <th scope="col" className="pl-3 text-right font-normal">
                {referenceLabel}
              </th>
            </tr>
          </thead>
        ) : null}
        <tbody>
          {series.map((one, index) => {
            if (one.isReference && one.of !== undefined) return null;
            const band = row[bandKey(one.id)];
            const pair = pairs.get(one.id);
            return (
              <tr key={one.id}>
                <th
                  scope="row"
                  className="flex items-center gap-1.5 whitespace-nowrap pr-4 text-left font-normal text-ink-muted"
                >
                  <span
                    className="size-2 shrink-0 rounded-full"
                    style={{ background: one.isReference ? "var(--ink-faint)" : seriesColour(index) }}
                  />
                  {one.label}
                </th>
                <td className="whitespace-nowrap text-right font-medium">
                  {figure(one.isReference ? valueAt(one, at) : row[one.id])}
                </td>
                <td className="whitespace-nowrap pl-3 text-right text-ink-faint">
                  {pair
                    ? figure(valueAt(pair, at))
                    : Array.isArray(band)
                      ? t("range", {
                          min: quantityText(kind, band[0], locale),
                          max: quantityText(kind, band[1], locale),
                        })
                      : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {near.map((event) => (
        <p key={`${event.at}-${event.label}`} className="mt-1 border-line border-t pt-1">
          {event.label}
        </p>
      ))}
    </div>
  );
}
