import type { ReactNode } from "react";
import { cn } from "./class-names";

export type CardProps = {
  title?: ReactNode;
  /** Stands at the right of the title: an age, a link, a menu. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
};

/** Only for what is truly separate; never a card in a card. */
export function Card({ title, aside, children, className }: CardProps) {
  return (
    <section className={cn("rounded-lg border border-line bg-surface p-4", className)}>
      {title || aside ? (
        <div className="mb-3 flex min-h-5 items-baseline justify-between gap-3">
          <h2 className="font-medium text-ink text-table">{title}</h2>
          {aside}
        </div>
      ) : null}
      {children}
    </section>
  );
}
