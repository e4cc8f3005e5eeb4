"use client";

import { useTranslations } from "next-intl";
import { useCallback } from "react";

/** What an action is called; an action of a newer server is shown by its own name. */
export function useActionText(): (action: string) => string {
  const t = useTranslations("audit.actions");
  return useCallback(
    (action) => {
      const key = action.replace(":", "_") as "access_sign-in";
      return t.has(key) ? t(key) : action;
    },
    [t],
  );
}
