import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./class-names";

const buttonVariants = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:pointer-events-none disabled:opacity-50 aria-busy:pointer-events-none [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-ink hover:bg-accent-hover",
        secondary: "border border-line-strong bg-raised text-ink hover:bg-hover active:bg-pressed",
        ghost: "text-ink-muted hover:bg-hover hover:text-ink active:bg-pressed data-[state=open]:bg-hover",
        danger: "bg-critical-fill text-surface hover:bg-critical-fill-hover",
      },
      size: {
        small: "h-7 px-2.5 text-table",
        medium: "h-8 px-3 text-table",
        large: "h-10 px-4 text-body",
      },
    },
    defaultVariants: { variant: "secondary", size: "medium" },
  },
);

export type ButtonProps = ComponentProps<"button"> &
  VariantProps<typeof buttonVariants> & {
    /** Puts the looks on the only child, for example a link. */
    asChild?: boolean;
    /** Work is under way: the button keeps its place and cannot be pressed again. */
    isBusy?: boolean;
  };

/** A button; its text is a verb that says what happens. */
export function Button({ variant, size, asChild, isBusy, className, type, disabled, ...props }: ButtonProps) {
  const Part = asChild ? Slot.Root : "button";
  return (
    <Part
      {...(asChild ? {} : { type: type ?? "button", disabled: disabled || isBusy })}
      aria-busy={isBusy || undefined}
      className={cn(buttonVariants({ variant, size }), className)}
      {...props}
    />
  );
}
