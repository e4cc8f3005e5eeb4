import type { ReactNode } from "react";
import { cn } from "./class-names";

export type StatProps = {
  label: string;
  /** The one figure, mostly a Quantity; its unit is drawn lighter. */
  figure: ReactNode;
  /** What stands under it: a share, a bound, what is unknown. */
  detail?: ReactNode;
  /** A thin bar for its share of the whole. */
  meter?: ReactNode;
  /** The age of the figure. */
  freshness?: ReactNode;
  className?: string;
};

/** One big figure with its name, its detail and its age. */
export function Stat({ label, figure, detail, meter, freshness, className }: StatProps) {
  return (
    <div className={cn("flex min-w-0 flex-col gap-1", className)}>
      <span className="text-ink-muted text-table">{label}</span>
      <div className="font-semibold text-figure text-ink tabular-nums tracking-[-0.015em]">{figure}</div>
      {meter}
      {detail || freshness ? (
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 text-caption text-ink-muted tabular-nums">
          {detail ? <div>{detail}</div> : null}
          {freshness}
        </div>
      ) : null}
    </div>
  );
}
