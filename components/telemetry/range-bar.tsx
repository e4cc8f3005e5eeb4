"use client";

import { ChevronLeft, ChevronRight, History, RotateCcw, ZoomIn, ZoomOut } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { cn } from "@/components/ui/class-names";
import { IconButton } from "@/components/ui/icon-button";
import { type ChartRangeControl, WINDOWS } from "./use-chart-range";

const DAY_MS = 86_400_000;

/** Which time the charts show: a window up to now, or a span of its own; and whether with the week before. */
export function RangeBar({ range }: { range: ChartRangeControl }) {
  const t = useTranslations("telemetry.range");
  const format = useFormatter();
  const { span } = range;
  const isSameDay = span !== null && span.toMs - span.fromMs < DAY_MS;
  return (
    <div className="flex flex-wrap items-center justify-end gap-x-2 gap-y-1">
      {span ? (
        <span className="whitespace-nowrap text-caption text-ink-muted tabular-nums" role="status">
          {/* Not as a range: Node and browsers part its halves with different spaces. */}
          {[span.fromMs, span.toMs]
            .map((ms) =>
              format.dateTime(new Date(ms), {
                day: "numeric",
                month: "short",
                hour: "2-digit",
                minute: "2-digit",
                second: span.toMs - span.fromMs < 600_000 ? "2-digit" : undefined,
                year: isSameDay ? undefined : "numeric",
                hourCycle: "h23",
              }),
            )
            .join(" – ")}
        </span>
      ) : null}
      <div className="flex">
        <IconButton
          size="small"
          label={t("earlier")}
          icon={<ChevronLeft aria-hidden />}
          onClick={() => range.step("earlier")}
        />
        <IconButton
          size="small"
          label={t("later")}
          icon={<ChevronRight aria-hidden />}
          disabled={!span}
          onClick={() => range.step("later")}
        />
        <IconButton size="small" label={t("in")} icon={<ZoomIn aria-hidden />} onClick={() => range.step("in")} />
        <IconButton size="small" label={t("out")} icon={<ZoomOut aria-hidden />} onClick={() => range.step("out")} />
        <IconButton
          size="small"
          label={t("reset")}
          icon={<RotateCcw aria-hidden />}
          disabled={!span}
          onClick={() => range.step("reset")}
        />
        <IconButton
          size="small"
          label={t("compare")}
          icon={<History aria-hidden />}
          aria-pressed={range.isCompared}
          className={cn(range.isCompared && "bg-pressed text-ink")}
          onClick={() => range.setCompared(!range.isCompared)}
        />
      </div>
      <fieldset className="flex gap-0.5 rounded-md bg-sunken p-0.5">
        <legend className="sr-only">{t("window")}</legend>
        {WINDOWS.map((choice) => {
          const isChosen = choice === range.window && !span;
          return (
            <button
              key={choice}
              type="button"
              aria-pressed={isChosen}
              onClick={() => range.chooseWindow(choice)}
              className={cn(
                "h-6 whitespace-nowrap rounded-sm px-2 text-caption text-ink-muted hover:text-ink",
                isChosen && "bg-raised font-medium text-ink shadow-[inset_0_0_0_1px_var(--line-strong)]",
              )}
            >
              {t(`windows.${choice}`)}
            </button>
          );
        })}
      </fieldset>
    </div>
  );
}
