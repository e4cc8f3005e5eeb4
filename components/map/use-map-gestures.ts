"use client";

import { type RefObject, useEffect, useRef } from "react";
import { type MapView, panBy, type World, zoomAt } from "./mercator";

const WHEEL_STEPS_PER_PX = 1 / 240;
const KEY_PAN_PX = 90;
/** A press that moves less is a click. */
const CLICK_PX = 5;
const MIDDLE: World = { x: 0, y: 0 };
const KEY_MOVES = new Map<string, (view: MapView) => MapView>([
  ["ArrowLeft", (view) => panBy(view, -KEY_PAN_PX, 0)],
  ["ArrowRight", (view) => panBy(view, KEY_PAN_PX, 0)],
  ["ArrowUp", (view) => panBy(view, 0, -KEY_PAN_PX)],
  ["ArrowDown", (view) => panBy(view, 0, KEY_PAN_PX)],
  ["+", (view) => zoomAt(view, 1, MIDDLE)],
  ["=", (view) => zoomAt(view, 1, MIDDLE)],
  ["-", (view) => zoomAt(view, -1, MIDDLE)],
]);

export type MapGestures = {
  getView: () => MapView;
  onView: (view: MapView) => void;
  /** The pointer rests here, from the left upper corner; null when it leaves. */
  onPoint: (point: World | null) => void;
  onClick: (point: World) => void;
  onFitAll: () => void;
};

/** Moves a map by pointer, wheel, two fingers and keys; the element keeps the focus. */
export function useMapGestures(ref: RefObject<HTMLElement | null>, gestures: MapGestures): void {
  const current = useRef(gestures);
  current.current = gestures;
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const pointers = new Map<number, World>();
    let travelPx = 0;
    let hasPinched = false;
    const place = (event: { clientX: number; clientY: number }): World => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const fromMiddle = ({ x, y }: World): World => ({
      x: x - element.clientWidth / 2,
      y: y - element.clientHeight / 2,
    });
    const isOnMap = (event: Event) => !(event.target instanceof Element && event.target.closest("button, a"));

    const onDown = (event: PointerEvent) => {
      if (event.button !== 0 || !isOnMap(event)) return;
      if (pointers.size === 0) [travelPx, hasPinched] = [0, false];
      element.setPointerCapture?.(event.pointerId);
      pointers.set(event.pointerId, place(event));
    };
    const onMove = (event: PointerEvent) => {
      const point = place(event);
      const before = pointers.get(event.pointerId);
      if (!before) return current.current.onPoint(isOnMap(event) ? point : null);
      const { getView, onView } = current.current;
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      if (other) {
        hasPinched = true;
        const was = Math.hypot(before.x - other.x, before.y - other.y);
        const is = Math.hypot(point.x - other.x, point.y - other.y);
        const middle = { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 };
        const moved = panBy(getView(), (before.x - point.x) / 2, (before.y - point.y) / 2);
        onView(was > 0 && is > 0 ? zoomAt(moved, Math.log2(is / was), fromMiddle(middle)) : moved);
      } else {
        travelPx += Math.hypot(point.x - before.x, point.y - before.y);
        if (travelPx > CLICK_PX) onView(panBy(getView(), before.x - point.x, before.y - point.y));
      }
      pointers.set(event.pointerId, point);
    };
    const onUp = (event: PointerEvent) => {
      if (!pointers.delete(event.pointerId)) return;
      if (event.type === "pointerup" && travelPx <= CLICK_PX && !hasPinched) current.current.onClick(place(event));
    };
    const onLeave = () => current.current.onPoint(null);
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const linePx = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
      const steps = Math.max(-1, Math.min(1, -event.deltaY * linePx * WHEEL_STEPS_PER_PX));
      const { getView, onView } = current.current;
      onView(zoomAt(getView(), steps, fromMiddle(place(event))));
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
      const { getView, onView, onFitAll } = current.current;
      const isFit = event.key === "0" || event.key === "Home";
      const move = KEY_MOVES.get(event.key);
      if (!move && !isFit) return;
      event.preventDefault();
      if (move) onView(move(getView()));
      else onFitAll();
    };
    const stop = new AbortController();
    const { signal } = stop;
    element.addEventListener("pointerdown", onDown, { signal });
    element.addEventListener("pointermove", onMove, { signal });
    element.addEventListener("pointerup", onUp, { signal });
    element.addEventListener("pointercancel", onUp, { signal });
    element.addEventListener("pointerleave", onLeave, { signal });
    element.addEventListener("wheel", onWheel, { signal, passive: false });
    element.addEventListener("keydown", onKey, { signal });
    return () => stop.abort();
  }, [ref]);
}
