"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { useClock } from "./clock";
import { ErrorState } from "./error-state";
import type { Moment } from "./freshness";
import { useMomentText } from "./moment-text";
import { useQueryFailure } from "./query-error";

/** What is needed of a TanStack Query result. */
export type QueryLike<T> = {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  fetchStatus: "fetching" | "paused" | "idle";
  /** Milliseconds since 1970, by the browser's clock. */
  dataUpdatedAt: number;
  refetch: () => unknown;
};

export type QueryViewProps<T> = {
  query: QueryLike<T>;
  /** In the shape of what comes. */
  skeleton: ReactNode;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  /** Since when the source has been silent; null while it speaks. */
  silentSince?: (data: T) => Moment | null;
  /** Names of the parts that could not be read. */
  failedParts?: (data: T) => readonly string[];
  children: (data: T) => ReactNode;
  className?: string;
};

function Bar({ state, children, action }: { state: MarkState; children: ReactNode; action?: ReactNode }) {
  return (
    <div
      role="status"
      className={cn(
        "mb-3 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-3 py-1.5 text-table",
        state === "warning" ? "bg-warning-soft" : "bg-unknown-soft",
      )}
    >
      <StateMark state={state} isWordHidden />
      <div className="min-w-0 flex-1 text-ink">{children}</div>
      {action}
    </div>
  );
}

/**
 * The only way that a screen shows what it asked for: loading, empty, stale, partial, denied or failed.
 * What was once known stays on the screen while asking again fails, with a bar that says so.
 */
export function QueryView<T>(props: QueryViewProps<T>) {
  const { query, skeleton, isEmpty, empty, silentSince, failedParts, children, className } = props;
  const t = useTranslations("shell.query");
  const moment = useMomentText();
  const failureOf = useQueryFailure();
  const { data, error } = query;
  const clockText = useClock((nowMs) => moment.clock(query.dataUpdatedAt, nowMs));
  const silentAt = data === undefined ? null : (silentSince?.(data) ?? null);
  const silentText = useClock((nowMs) => (silentAt === null ? null : moment.clock(silentAt, nowMs)));
  const failure = error ? failureOf(error) : null;
  const retry = () => void query.refetch();

  // Being denied or signed out takes away what was shown before; any other failure does not.
  if (failure && failure.kind === "denied") {
    return <ErrorState state="offline" title={t("denied")} help={t("deniedHelp")} />;
  }
  if (failure && failure.kind === "signed_out") {
    return (
      <ErrorState
        state="offline"
        title={t("signedOut")}
        help={t("signedOutHelp")}
        action={
          <Button variant="primary" onClick={() => window.location.reload()}>
            {t("signIn")}
          </Button>
        }
      />
    );
  }
  if (data === undefined) {
    if (failure) {
      return (
        <ErrorState
          title={t("error")}
          help={failure.text}
          requestId={failure.requestId}
          onRetry={retry}
          isRetrying={query.isFetching}
        />
      );
    }
    return (
      <div aria-busy="true" className={className}>
        <span role="status" className="sr-only">
          {t("loading")}
        </span>
        {skeleton}
      </div>
    );
  }

  const failed = failedParts?.(data) ?? [];
  const retryButton = (
    <Button size="small" onClick={retry} isBusy={query.isFetching}>
      {t("retry")}
    </Button>
  );
  return (
    <div className={className}>
      {failure ? (
        <Bar state="warning" action={retryButton}>
          {t("stale", { time: clockText, reason: failure.text })}
          {failure.requestId ? <code className="ml-2 font-mono text-caption">{failure.requestId}</code> : null}
        </Bar>
      ) : query.fetchStatus === "paused" ? (
        <Bar state="offline">{t("paused", { time: clockText })}</Bar>
      ) : null}
      {silentText === null ? null : <Bar state="unknown">{t("silent", { time: silentText })}</Bar>}
      {failed.length > 0 ? (
        <Bar state="warning" action={failure ? undefined : retryButton}>
          {t("partial", { failed: failed.length })} <span className="text-ink-muted">{failed.join(", ")}</span>
        </Bar>
      ) : null}
      {empty !== undefined && isEmpty?.(data) ? empty : children(data)}
    </div>
  );
}
