import { useLocale, useTranslations } from "next-intl";
import { cn } from "@/components/ui/class-names";
import { quantityText } from "@/contract/units";

export type MeterProps = {
  /** What is filled, for screen readers. */
  label: string;
  /** 0 to 1; null when unknown. */
  ratio: number | null;
  /** The judgement of the feature's own rule; the bar does not judge. */
  severity: "good" | "warning" | "critical" | "unknown";
  className?: string;
};

const FILLS = {
  good: "bg-ink-faint",
  warning: "bg-warning-fill",
  critical: "bg-critical-fill",
  unknown: "bg-ink-faint",
};

/** A thin bar for how full something is; unknown is hatched and never empty. */
export function Meter({ label, ratio, severity, className }: MeterProps) {
  const t = useTranslations("ui.meter");
  const locale = useLocale();
  const bar = cn("h-1.5 w-full overflow-hidden rounded-full", className);
  if (ratio === null) {
    return <div role="img" aria-label={t("unknown", { label })} className={cn(bar, "hatched border border-line")} />;
  }
  // Rounded, since browser and server write long fractions differently.
  const percent = (Math.min(1, Math.max(0, ratio)) * 100).toFixed(1);
  return (
    <div role="img" aria-label={t("known", { label, value: quantityText("ratio", ratio, locale) })} className={bar}>
      <div className="h-full w-full bg-pressed">
        <div className={cn("h-full rounded-full", FILLS[severity])} style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
