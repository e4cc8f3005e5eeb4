import { useLocale } from "next-intl";
import { Fragment } from "react";
import { cn } from "@/components/ui/class-names";
import { type QuantityKind, quantityParts } from "@/contract/units";
import type { UnknownReason } from "@/contract/unknown";
import { UnknownValue } from "./unknown-value";

export type QuantityProps = {
  kind: QuantityKind;
  /** In the kind's base unit (bytes, watts, joules, 0 to 1 for a ratio); null when unknown. */
  value: number | null;
  /** Why it is unknown. */
  reason?: UnknownReason | null;
  className?: string;
};

/** A figure: aligned digits, the unit smaller and lighter. Null is shown as unknown with its reason. */
export function Quantity({ kind, value, reason = null, className }: QuantityProps) {
  const locale = useLocale();
  if (value === null) return <UnknownValue reason={reason} isShort />;
  return (
    <span className={cn("whitespace-nowrap tabular-nums", className)}>
      {quantityParts(kind, value, locale).map((part, index) => (
        <Fragment key={part.unit}>
          {index > 0 ? " " : null}
          {part.value}
          {part.unit ? (
            <span className="font-normal text-[0.84em] text-ink-faint leading-none tracking-normal">
              &#x202f;{part.unit}
            </span>
          ) : null}
        </Fragment>
      ))}
    </span>
  );
}
