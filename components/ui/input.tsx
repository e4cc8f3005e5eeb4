"use client";

import type { ComponentProps } from "react";
import { cn } from "./class-names";
import { useFieldControl } from "./field-context";

export const controlClasses =
  "w-full rounded-md border border-line-strong bg-surface text-ink text-table transition-colors placeholder:text-ink-faint hover:border-ink-faint focus-visible:border-focus focus-visible:outline-1 focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-faint aria-invalid:border-critical";

/** One line of text. Larger on a phone, so that the browser does not zoom in. */
export function Input({ className, ...props }: ComponentProps<"input">) {
  const control = useFieldControl();
  return (
    <input
      {...control}
      className={cn(controlClasses, "h-8 px-2.5 max-md:h-10 max-md:text-[16px]", className)}
      {...props}
    />
  );
}
