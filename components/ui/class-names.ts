import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({
  extend: { theme: { text: ["micro", "caption", "table", "body", "heading", "title", "figure"], shadow: ["float"] } },
});

/** Joins class names; of two that set the same thing, the later one stays. */
export function cn(...values: ClassValue[]): string {
  return merge(clsx(values));
}
