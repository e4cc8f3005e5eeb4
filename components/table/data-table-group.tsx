"use client";

import { ChevronRight } from "lucide-react";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { cn } from "@/components/ui/class-names";

/** What the line of a group says. */
export type TableGroup = {
  name: string;
  /** Beside the name: counts, the worst state. */
  summary: ReactNode;
  isUnfolded: boolean;
  onToggle: () => void;
};

export type DataTableGroupProps = {
  group: TableGroup;
  index: number;
  heightPx: number;
  /** How many columns the line goes over. */
  columns: number;
  isTabStop: boolean;
  onFocus: () => void;
};

/** The line of a group: its rows unfold below it. */
export function DataTableGroup({ group, index, heightPx, columns, isTabStop, onFocus }: DataTableGroupProps) {
  const ref = useRef<HTMLTableRowElement>(null);
  // Only the line itself is reached by Tab; what lies inside is reached by right arrow, as in every row.
  useLayoutEffect(() => {
    for (const stop of ref.current?.querySelectorAll<HTMLElement>("button") ?? []) stop.tabIndex = -1;
  });
  return (
    <tr
      ref={ref}
      data-index={index}
      tabIndex={isTabStop ? 0 : -1}
      aria-rowindex={index + 2}
      onFocus={onFocus}
      style={{ height: heightPx }}
      className="bg-sunken text-table focus-visible:outline-offset-[-2px] max-md:flex max-md:items-center"
    >
      <td colSpan={columns} className="border-line border-b px-3 max-md:flex-1 max-md:px-4">
        <button
          type="button"
          aria-expanded={group.isUnfolded}
          onClick={group.onToggle}
          className="sticky left-3 inline-flex max-w-[min(100%,90vw)] items-center gap-2 text-left"
        >
          <ChevronRight
            aria-hidden
            className={cn("size-4 shrink-0 text-ink-muted transition-transform", group.isUnfolded && "rotate-90")}
          />
          <span className="truncate font-medium text-ink">{group.name}</span>
          {group.summary}
        </button>
      </td>
    </tr>
  );
}
