import { z } from "zod";
import { parseSelector, SelectorError } from "@/contract/selector";

/** A role's reach: null = all sites; a text must be a selector, and an empty one would be "all" in disguise. */
export const ScopeSelector = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .superRefine((text, context) => {
    try {
      parseSelector(text);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  })
  .nullable();
