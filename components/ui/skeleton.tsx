import { cn } from "./class-names";

/** The place of something that is on its way; give it the size of what comes. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("h-4 animate-breathe rounded-sm bg-pressed", className)} />;
}
