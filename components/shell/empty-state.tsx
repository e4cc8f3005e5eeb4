import type { ReactNode } from "react";

export type EmptyStateProps = {
  /** What will stand here, or what this page will answer. */
  title: string;
  /** What is missing for it. */
  missing: ReactNode;
  /** The one next step: a button, or a command in a CodeBlock. */
  action?: ReactNode;
};

/** Nothing there yet: what comes, what is missing, the one next step. */
export function EmptyState({ title, missing, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-start gap-3 border-line-strong border-l-2 py-2 pl-5 md:max-w-[640px]">
      <h2 className="font-semibold text-heading">{title}</h2>
      <div className="text-ink-muted text-table">{missing}</div>
      {action ? <div className="mt-1 w-full">{action}</div> : null}
    </div>
  );
}
