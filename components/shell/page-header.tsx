import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { StateMark } from "@/components/ui/state-mark";

export type PageHeaderProps = {
  title: ReactNode;
  /** How many things this page is about, and of how many nothing is known. */
  count?: { known: number; unknown: number };
  /** Where this page lies, above the title: links, the nearest last. */
  breadcrumb?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
};

/** The one title of a page, with its count and its actions. */
export function PageHeader({ title, count, breadcrumb, description, actions }: PageHeaderProps) {
  const t = useTranslations("shell.count");
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        {breadcrumb ? <div className="mb-1 text-caption text-ink-faint">{breadcrumb}</div> : null}
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h1 className="font-semibold text-title tracking-[-0.01em]">{title}</h1>
          {count ? (
            <p className="flex items-baseline gap-1.5 text-ink-muted text-table tabular-nums">
              {t("known", { count: count.known })}
              {count.unknown > 0 ? (
                <>
                  <span aria-hidden>·</span>
                  <StateMark state="unknown" word={t("unknown", { count: count.unknown })} />
                </>
              ) : null}
            </p>
          ) : null}
        </div>
        {description ? <div className="mt-1 max-w-[75ch] text-ink-muted text-table">{description}</div> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </header>
  );
}
