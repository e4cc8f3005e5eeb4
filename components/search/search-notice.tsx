"use client";

import { useTranslations } from "next-intl";
import { useQueryFailure } from "@/components/shell/query-error";
import { Button } from "@/components/ui/button";
import { StateMark } from "@/components/ui/state-mark";
import type { useAnswer } from "./use-answer";

export type SearchNoticeProps = {
  query: ReturnType<typeof useAnswer>;
  /** The answer has come, and there is nothing in it. */
  isNothing: boolean;
};

/** Why there is nothing, or nothing new, where the results would be. */
export function SearchNotice({ query, isNothing }: SearchNoticeProps) {
  const t = useTranslations("search");
  const failure = useQueryFailure();
  const { error, isOffline, answer, question } = query;
  if (isOffline || error) {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-1 px-5 pt-3 text-table">
        <StateMark state="unknown" word={isOffline ? t("offline") : t("failed")} />
        {error ? <span className="text-ink-muted">{failure(error).text}</span> : null}
        {answer ? <span className="text-ink-muted">{t("stale")}</span> : null}
        {error ? (
          <Button size="small" onClick={() => void query.retry()}>
            {t("retry")}
          </Button>
        ) : null}
      </div>
    );
  }
  if (!isNothing) return null;
  return (
    <div className="px-5 pt-4 text-table">
      <p className="break-words text-ink">{t("nothing", { question })}</p>
      <p className="mt-0.5 text-ink-muted">{t("nothingHelp")}</p>
    </div>
  );
}
