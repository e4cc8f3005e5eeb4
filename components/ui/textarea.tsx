"use client";

import type { ComponentProps } from "react";
import { cn } from "./class-names";
import { useFieldControl } from "./field-context";
import { controlClasses } from "./input";

/** Several lines of text. Larger on a phone, so that the browser does not zoom in. */
export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  const control = useFieldControl();
  return (
    <textarea {...control} className={cn(controlClasses, "px-2.5 py-1.5 max-md:text-[16px]", className)} {...props} />
  );
}
