import type { Span } from "./series";

/** A chart shows no less and no more than this. */
const LENGTH_MIN_MS = 60_000;
const LENGTH_MAX_MS = 400 * 86_400_000;
/** One step of zooming halves or doubles, one step aside is half a length. */
const FACTOR = 2;

/** What a chart can be asked for with keys and buttons. */
export type ZoomStep = "in" | "out" | "earlier" | "later";

const within = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** The nearest span that can be shown: not too short or long, and not beyond `latestMs`; whole seconds. */
export function fitSpan(span: Span, latestMs: number): Span {
  const latest = Math.floor(latestMs / 1000) * 1000;
  const length = within(Math.round((span.toMs - span.fromMs) / 1000) * 1000, LENGTH_MIN_MS, LENGTH_MAX_MS);
  const middle = (span.fromMs + span.toMs) / 2;
  const toMs = Math.min(Math.round((middle + length / 2) / 1000) * 1000, latest);
  return { fromMs: toMs - length, toMs };
}

/** The span after one step; zooming keeps the middle where it is. */
export function stepSpan(span: Span, step: ZoomStep, latestMs: number): Span {
  const length = span.toMs - span.fromMs;
  const middle = (span.fromMs + span.toMs) / 2;
  const around = (half: number) => fitSpan({ fromMs: middle - half, toMs: middle + half }, latestMs);
  const aside = (ms: number) => fitSpan({ fromMs: span.fromMs + ms, toMs: span.toMs + ms }, latestMs);
  switch (step) {
    case "in":
      return around(length / 2 / FACTOR);
    case "out":
      return around((length / 2) * FACTOR);
    case "earlier":
      return aside(-length / 2);
    case "later":
      return aside(length / 2);
  }
}

/** The step that a key asks for; arrows alone belong to the crosshair. */
export function stepOfKey(event: { key: string; shiftKey: boolean }): ZoomStep | null {
  if (event.key === "+" || event.key === "=") return "in";
  if (event.key === "-" || event.key === "_") return "out";
  if (event.shiftKey && event.key === "ArrowLeft") return "earlier";
  if (event.shiftKey && event.key === "ArrowRight") return "later";
  return null;
}

/** Does what a key on a focused chart asks for; other keys are left alone. @returns whether it was such a key */
export function zoomByKey(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "preventDefault" | "stopPropagation">,
  onStep: ((step: ZoomStep | "reset") => void) | undefined,
): boolean {
  const step = event.key === "Escape" ? "reset" : stepOfKey(event);
  if (!step || !onStep) return false;
  event.preventDefault();
  event.stopPropagation();
  onStep(step);
  return true;
}
