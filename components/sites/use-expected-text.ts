"use client";

import { useTranslations } from "next-intl";
import { useCallback } from "react";
import type { Outputs } from "@/server/root";

export type Expectation = Outputs["sites"]["previewImport"]["problems"][number]["expected"];

/** What was expected of an entry, in the reader's language; the form and the import say the same. */
export function useExpectedText(): (expected: Expectation) => string {
  const t = useTranslations("sites.expected");
  return useCallback(
    (expected) => {
      switch (expected.kind) {
        case "text":
        case "required":
          return t(expected.kind, { max: expected.max });
        case "number":
          return t("number", { min: expected.min, max: expected.max });
        case "unique":
          return t("unique", { line: expected.line });
        default:
          return t(expected.kind);
      }
    },
    [t],
  );
}
