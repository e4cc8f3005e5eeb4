"use client";

import { useTranslations } from "next-intl";
import { useCallback } from "react";

export type QueryFailure = {
  kind: "denied" | "signed_out" | "failed";
  /** One sentence in the reader's language. */
  text: string;
  requestId: string | null;
};

type Details = { code?: unknown; reason?: unknown; values?: unknown; requestId?: unknown };

/** What the server told of a failure; tRPC's client carries it as `data`. Empty when no answer came at all. */
function detailsOf(error: unknown): Details {
  const carrier = error as { data?: unknown } | null;
  return carrier && typeof carrier.data === "object" && carrier.data !== null ? carrier.data : {};
}

/** Turns an error of a query or a mutation into what a person reads; also for forms and toasts. */
export function useQueryFailure(): (error: unknown) => QueryFailure {
  const t = useTranslations("errors");
  return useCallback(
    (error) => {
      const { code, reason, values, requestId } = detailsOf(error);
      const kind = code === "FORBIDDEN" ? "denied" : code === "UNAUTHORIZED" ? "signed_out" : "failed";
      const key = code === undefined ? "unreachable" : String(reason);
      const said = (values ?? {}) as Record<string, string | number>;
      return {
        kind,
        // A newer server may have a reason that this page has no sentence for.
        text: t.has(key as "unexpected") ? t(key as "unexpected", said) : t("unexpected"),
        requestId: typeof requestId === "string" ? requestId : null,
      };
    },
    [t],
  );
}
