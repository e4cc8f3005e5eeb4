"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";

export type EntityColumn<E> = { id: string; header: string; isFigure?: boolean; cell: (entity: E) => ReactNode };

export type EntityTableProps<E> = {
  title: string;
  help?: string;
  /** What the rows come to, before them. */
  notice?: ReactNode;
  columns: readonly EntityColumn<E>[];
  entities: readonly E[];
  getKey: (entity: E) => string;
  /** The entity whose chart is shown below; a press on another row's name chooses that. */
  chosenKey?: string;
  onChoose?: (key: string) => void;
  /** Few columns: they fit a phone without scrolling. */
  isShort?: boolean;
};

/** A short, plain table of the parts of one machine. */
export function EntityTable<E>(props: EntityTableProps<E>) {
  const { title, help, notice, columns, entities, getKey, chosenKey, onChoose, isShort = false } = props;
  const t = useTranslations("fleet.machine");
  return (
    <section>
      <h2 className="font-semibold text-heading">{title}</h2>
      {help ? <p className="text-caption text-ink-faint">{help}</p> : null}
      {notice}
      {entities.length === 0 ? (
        <p className="mt-2 text-ink-faint text-table">{t("none")}</p>
      ) : (
        <section className="mt-2 overflow-x-auto" tabIndex={0} aria-label={title}>
          <table className={cn("w-full text-table", !isShort && "min-w-[560px]")}>
            <thead>
              <tr className="text-left text-caption text-ink-faint">
                {columns.map((column) => (
                  <th
                    key={column.id}
                    scope="col"
                    className={cn("py-1.5 pr-4 font-medium last:pr-0", column.isFigure && "text-right")}
                  >
                    {column.header}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entities.map((entity) => {
                const key = getKey(entity);
                return (
                  <tr key={key} className={cn("border-line border-t", key === chosenKey && "bg-selected")}>
                    {columns.map((column, position) => (
                      <td
                        key={column.id}
                        className={cn(
                          "py-1.5 pr-4 align-baseline last:pr-0",
                          column.isFigure && "text-right tabular-nums",
                        )}
                      >
                        {position === 0 && onChoose ? (
                          <button
                            type="button"
                            aria-pressed={key === chosenKey}
                            onClick={() => onChoose(key)}
                            className="text-left font-medium font-mono text-accent-text text-caption hover:underline"
                          >
                            {column.cell(entity)}
                          </button>
                        ) : (
                          column.cell(entity)
                        )}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
