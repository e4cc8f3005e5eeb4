import { useLocale, useTranslations } from "next-intl";
import { type QuantityKind, quantityText } from "@/contract/units";

export type SparklineProps = {
  /** What the line shows, for screen readers. */
  label: string;
  kind: QuantityKind;
  /** Oldest first, equally far apart; null is unknown and leaves a gap. */
  values: readonly (number | null)[];
  /** Top of the scale, for example 1 for a ratio; else the largest value. */
  top?: number;
  widthPx?: number;
  heightPx?: number;
};

/** A line as small as a word; its scale begins at zero. */
export function Sparkline({ label, kind, values, top, widthPx = 96, heightPx = 20 }: SparklineProps) {
  const t = useTranslations("ui.sparkline");
  const locale = useLocale();
  const known = values.filter((value) => value !== null);
  const largest = top ?? Math.max(...known, 0);
  const first = known[0];
  const last = known.at(-1);
  const text =
    first === undefined || last === undefined
      ? t("unknown", { label })
      : t("label", { label, from: quantityText(kind, first, locale), to: quantityText(kind, last, locale) });
  const step = values.length > 1 ? widthPx / (values.length - 1) : 0;
  let path = "";
  let isDrawing = false;
  values.forEach((value, index) => {
    if (value === null) {
      isDrawing = false;
      return;
    }
    const y = heightPx - 1 - (largest > 0 ? value / largest : 0) * (heightPx - 2);
    path += `${isDrawing ? "L" : "M"}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    isDrawing = true;
  });
  return (
    <svg role="img" aria-label={text} width={widthPx} height={heightPx} viewBox={`0 0 ${widthPx} ${heightPx}`}>
      <title>{text}</title>
      <path d={`M0 ${heightPx - 0.5}H${widthPx}`} stroke="var(--line)" />
      <path d={path} fill="none" stroke="var(--series-1)" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
}
