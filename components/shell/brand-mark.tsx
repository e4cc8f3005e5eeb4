import { cn } from "@/components/ui/class-names";

/** The sign of the product: what lies far behind the horizon, in view. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cn("size-6 shrink-0", className)}>
      <rect width="32" height="32" rx="8" fill="#0b6f88" />
      <path
        d="M5 21.5 12 12l5.2 6.6L20 15l7 6.5"
        fill="none"
        stroke="#fff"
        strokeWidth="2.4"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
      <path d="M5 25.4h22" stroke="#8fdcea" strokeWidth="2" strokeLinecap="round" />
      <circle cx="22.5" cy="8.8" r="2.3" fill="#8fdcea" />
    </svg>
  );
}
