"use client";

import type { Virtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from "react";

const INNER = "a[href], button, input, [role=checkbox]";

export type RowKeysOptions = {
  rowCount: number;
  bodyRef: RefObject<HTMLTableSectionElement | null>;
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  /** Rows that fit on the screen, for the page keys. */
  pageRows: number;
  onOpen: (index: number) => void;
  onToggle?: (index: number) => void;
};

/** The row that a key leads to, not yet bounded; null for a key that does not move between rows. */
function targetIndex(key: string, index: number, rowCount: number, pageRows: number): number | null {
  switch (key) {
    case "ArrowDown":
      return index + 1;
    case "ArrowUp":
      return index - 1;
    case "Home":
      return 0;
    case "End":
      return rowCount - 1;
    case "PageDown":
      return index + pageRows;
    case "PageUp":
      return index - pageRows;
    default:
      return null;
  }
}

/**
 * One row can be reached by Tab, the arrow keys move it (roving tabindex, ARIA Authoring Practices, "Grid");
 * right arrow goes to the links and buttons inside of the row, left arrow and Escape come back.
 */
export function useRowKeys({ rowCount, bodyRef, virtualizer, pageRows, onOpen, onToggle }: RowKeysOptions) {
  const [activeIndex, setActiveIndex] = useState(0);
  const wantsFocus = useRef(false);
  const hasFocus = useRef(false);

  // Runs after every draw: a row far away exists only once the virtualizer has drawn it.
  useLayoutEffect(() => {
    const drawn = (rows: string) => bodyRef.current?.querySelector<HTMLElement>(rows);
    const row = drawn(`tr[data-index="${activeIndex}"]`);
    // The browser lets the focus fall when its row goes (new rows arrived, or it was scrolled away): a neighbour takes it.
    const isLost = hasFocus.current && document.activeElement === document.body;
    const next = isLost ? (row ?? drawn("tr[data-index][tabindex='0']")) : wantsFocus.current ? row : null;
    if (!next) return;
    wantsFocus.current = false;
    next.focus({ preventScroll: true });
  });

  const move = (index: number) => {
    const next = Math.max(0, Math.min(rowCount - 1, index));
    wantsFocus.current = true;
    setActiveIndex(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
  };

  const moveInside = (row: HTMLElement, step: 1 | -1) => {
    const stops = [...row.querySelectorAll<HTMLElement>(INNER)];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const next = at + step;
    if (step === -1 && at < 0) return;
    if (next < 0) row.focus({ preventScroll: true });
    else stops[next]?.focus();
  };

  /** Does what the key says; false when the key says nothing here. */
  const act = (key: string, row: HTMLElement, index: number, isOnRow: boolean): boolean => {
    const target = targetIndex(key, index, rowCount, pageRows);
    if (target !== null) {
      move(target);
    } else if (key === "ArrowRight" || key === "ArrowLeft") {
      moveInside(row, key === "ArrowRight" ? 1 : -1);
    } else if (key === "Escape" && !isOnRow) {
      row.focus({ preventScroll: true });
    } else if (key === "Enter" && isOnRow) {
      onOpen(index);
    } else if (key === " " && isOnRow && onToggle) {
      onToggle(index);
    } else {
      return false;
    }
    return true;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = (event.target as HTMLElement).closest<HTMLElement>("tr[data-index]");
    if (!row || !event.currentTarget.contains(row)) return;
    if (!act(event.key, row, Number(row.dataset.index), event.target === row)) return;
    event.preventDefault();
  };

  /** Told when the focus comes to a row, and when it leaves all of them; a row that is taken away tells nothing. */
  const onFocus = () => {
    hasFocus.current = true;
  };
  const onBlur = () => {
    hasFocus.current = false;
  };

  return { activeIndex, setActiveIndex, handlers: { onKeyDown, onFocus, onBlur } };
}
