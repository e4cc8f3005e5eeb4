"use client";

import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type MouseEvent, type ReactNode, useLayoutEffect, useRef } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/class-names";
import type { TableColumn } from "./table-column";

export type DataTableRowProps<Row> = {
  row: Row;
  name: string;
  index: number;
  heightPx: number;
  columns: readonly TableColumn<Row>[];
  href: Route | null;
  onOpen?: (row: Row) => void;
  isTabStop: boolean;
  isChanged: boolean;
  isCurrent: boolean;
  selection: { isSelected: boolean; onSelect: (isSelected: boolean) => void } | null;
  onFocus: () => void;
};

const INTERACTIVE = "a, button, input, label, [role=checkbox]";

/** Which line of a phone's row a cell stands on. */
const LINES = {
  1: "max-md:order-1",
  2: "max-md:order-3 max-md:text-caption max-md:text-ink-muted",
  3: "max-md:hidden",
};

function opensItself(target: EventTarget): boolean {
  return target instanceof Element && target.closest(INTERACTIVE) !== null;
}

/** One row: 36 pixels on a desk, two lines on a phone. */
export function DataTableRow<Row>(props: DataTableRowProps<Row>) {
  const { row, name, index, heightPx, columns, href, onOpen, isTabStop, isChanged, isCurrent, selection } = props;
  const t = useTranslations("ui.table");
  const ref = useRef<HTMLTableRowElement>(null);
  const linkRef = useRef<HTMLAnchorElement>(null);

  // Only the row itself is reached by Tab; what lies inside is reached by right arrow.
  useLayoutEffect(() => {
    for (const stop of ref.current?.querySelectorAll<HTMLElement>("a[href], button, input") ?? []) stop.tabIndex = -1;
  });

  const open = (event: MouseEvent) => {
    if (event.defaultPrevented || opensItself(event.target) || window.getSelection()?.toString()) return;
    if (event.button === 1 && href) window.open(href, "_blank", "noopener");
    if (event.button !== 0) return;
    if (onOpen) return onOpen(row);
    const { ctrlKey, metaKey, shiftKey } = event;
    linkRef.current?.dispatchEvent(
      new window.MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }),
    );
  };

  const first = (content: ReactNode) =>
    href ? (
      <Link
        ref={linkRef}
        href={href}
        prefetch={false}
        onClick={(event) => {
          if (!onOpen || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          onOpen(row);
        }}
        className="block truncate font-medium text-ink hover:text-accent-text"
      >
        {content}
      </Link>
    ) : (
      content
    );

  return (
    <tr
      ref={ref}
      data-index={index}
      tabIndex={isTabStop ? 0 : -1}
      aria-rowindex={index + 2}
      aria-selected={selection ? selection.isSelected : undefined}
      aria-current={isCurrent || undefined}
      onClick={open}
      onAuxClick={open}
      onFocus={props.onFocus}
      style={{ height: heightPx }}
      className={cn(
        "group row-break bg-surface text-table transition-colors focus-visible:outline-offset-[-2px]",
        "max-md:flex max-md:flex-wrap max-md:content-center max-md:items-center max-md:gap-x-3 max-md:border-line max-md:border-b max-md:px-4",
        (href || onOpen) && "cursor-pointer hover:bg-hover",
        (selection?.isSelected || isCurrent) && "bg-selected hover:bg-selected",
        isChanged && "max-md:shadow-[inset_2px_0_0_var(--accent)]",
      )}
    >
      {selection ? (
        <td className="sticky left-0 z-[1] border-line border-b bg-inherit pl-4 max-md:hidden">
          <Checkbox
            isChecked={selection.isSelected}
            onChange={selection.onSelect}
            label={t("selectRow", { name })}
            isLabelHidden
            className="-mt-0.5"
          />
        </td>
      ) : null}
      {columns.map((column, position) => (
        <td
          key={column.id}
          className={cn(
            "truncate border-line border-b px-3 max-md:border-0 max-md:p-0",
            position === 0 && "sticky bg-inherit max-md:static max-md:flex-1",
            position === 0 && (selection ? "left-10" : "left-0 pl-4"),
            position === 0 && isChanged && "md:shadow-[inset_2px_0_0_var(--accent)]",
            column.align === "end" && "text-right tabular-nums",
            LINES[position === 0 ? 1 : (column.priority ?? 2)],
          )}
        >
          {position > 0 && (column.priority ?? 2) === 2 ? (
            <span className="mr-1 text-ink-faint md:hidden">{column.header}</span>
          ) : null}
          {position === 0 ? first(column.cell(row)) : column.cell(row)}
        </td>
      ))}
    </tr>
  );
}
