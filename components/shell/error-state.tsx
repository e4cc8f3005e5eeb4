import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { type MarkState, StateMark } from "@/components/ui/state-mark";

export type ErrorStateProps = {
  /** What failed. */
  title: string;
  /** What still works and what can be done. */
  help: ReactNode;
  requestId?: string | null;
  onRetry?: () => void;
  isRetrying?: boolean;
  /** Another way out than trying again. */
  action?: ReactNode;
  state?: MarkState;
};

/** Something failed: what, what still works, what to do, and the request id to copy. */
export function ErrorState(props: ErrorStateProps) {
  const { title, help, requestId, onRetry, isRetrying, action, state = "critical" } = props;
  const t = useTranslations("shell.query");
  return (
    <div
      role="alert"
      className="flex flex-col items-start gap-2 border-line-strong border-l-2 py-2 pl-5 md:max-w-[640px]"
    >
      <h2 className="font-semibold text-heading">
        <StateMark state={state} isWordHidden className="mr-2" />
        {title}
      </h2>
      <div className="text-ink-muted text-table">{help}</div>
      {requestId ? (
        <div className="flex items-center gap-2 text-caption text-ink-faint">
          {t("requestId")} <code className="font-mono text-ink-muted">{requestId}</code>
          <CopyButton text={requestId} label={t("copyRequestId")} />
        </div>
      ) : null}
      {onRetry || action ? (
        <div className="mt-1 flex gap-2">
          {onRetry ? (
            <Button onClick={onRetry} isBusy={isRetrying}>
              {t("retry")}
            </Button>
          ) : null}
          {action}
        </div>
      ) : null}
    </div>
  );
}
