import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "./class-names";

const badgeVariants = cva(
  "inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-sm px-1.5 font-medium text-caption [&_svg]:size-3",
  {
    variants: {
      tone: {
        neutral: "bg-pressed text-ink-muted",
        accent: "bg-selected text-accent-text",
        good: "bg-good-soft text-good",
        warning: "bg-warning-soft text-warning",
        critical: "bg-critical-soft text-critical",
        unknown: "bg-unknown-soft text-unknown",
        maintenance: "bg-maintenance-soft text-maintenance",
        simulated: "bg-simulated-soft text-simulated",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export type BadgeProps = ComponentProps<"span"> & VariantProps<typeof badgeVariants>;

/** A short word about a thing: a role, a label, a version. For states use StateMark. */
export function Badge({ tone, className, ...props }: BadgeProps) {
  return <span className={cn(badgeVariants({ tone }), className)} {...props} />;
}
