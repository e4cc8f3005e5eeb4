"use client";

import { type PointerEvent, useRef, useState } from "react";
import type { Span } from "./series";

/** Shorter drags are clicks with an unsteady hand. */
const DRAG_PX_MIN = 8;

/** Where the time axis lies within the element that is dragged over. */
export type DragArea = { leftPx: number; rightPx: number; range: Span };

export type DragSpan = {
  /** What is being dragged over, in pixels of the element; null while nobody drags. */
  selection: { leftPx: number; widthPx: number } | null;
  handlers: {
    onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    onPointerUp: (event: PointerEvent<HTMLElement>) => void;
    onPointerCancel: () => void;
  };
};

/**
 * A span of time chosen by dragging across a chart. A finger keeps scrolling the page: only mouse and pen drag.
 * @param onSpan null while there is nothing to choose for
 */
export function useDragSpan(area: DragArea, onSpan: ((span: Span) => void) | null): DragSpan {
  const [drag, setDrag] = useState<{ fromPx: number; toPx: number } | null>(null);
  // Beside the state: an up may follow a move before React has drawn.
  const current = useRef<{ fromPx: number; toPx: number } | null>(null);
  const place = (event: PointerEvent<HTMLElement>) => {
    const px = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.min(area.rightPx, Math.max(area.leftPx, px));
  };
  const update = (next: { fromPx: number; toPx: number } | null) => {
    current.current = next;
    setDrag(next);
  };
  const timeAt = (px: number) => {
    const share = (px - area.leftPx) / Math.max(1, area.rightPx - area.leftPx);
    return area.range.fromMs + share * (area.range.toMs - area.range.fromMs);
  };
  const isDrawn = drag !== null && Math.abs(drag.toPx - drag.fromPx) >= DRAG_PX_MIN;
  return {
    selection: isDrawn
      ? { leftPx: Math.min(drag.fromPx, drag.toPx), widthPx: Math.abs(drag.toPx - drag.fromPx) }
      : null,
    handlers: {
      onPointerDown: (event) => {
        if (!onSpan || event.button !== 0 || event.pointerType === "touch") return;
        event.currentTarget.setPointerCapture?.(event.pointerId);
        update({ fromPx: place(event), toPx: place(event) });
      },
      onPointerMove: (event) => {
        if (current.current) update({ ...current.current, toPx: place(event) });
      },
      onPointerUp: (event) => {
        const dragged = current.current;
        if (!dragged) return;
        update(null);
        const ends = [dragged.fromPx, place(event)].sort((a, b) => a - b);
        const [fromPx = 0, toPx = 0] = ends;
        if (toPx - fromPx >= DRAG_PX_MIN) onSpan?.({ fromMs: timeAt(fromPx), toMs: timeAt(toPx) });
      },
      onPointerCancel: () => update(null),
    },
  };
}
