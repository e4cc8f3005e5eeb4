import { cn } from "./class-names";

/** A thin line between groups; not announced. */
export function Separator({ isVertical = false, className }: { isVertical?: boolean; className?: string }) {
  return (
    <div aria-hidden className={cn("shrink-0 bg-line", isVertical ? "w-px self-stretch" : "h-px w-full", className)} />
  );
}
