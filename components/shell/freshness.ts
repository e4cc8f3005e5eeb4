/** A moment as data brings it: a Date, or milliseconds since 1970. */
export type Moment = Date | number;

export const toMs = (moment: Moment): number => (typeof moment === "number" ? moment : moment.getTime());

/** True while a figure observed then may still be shown as current. Never observed is never fresh. */
export function isFresh(observedAt: Moment | null, staleAfterSeconds: number, nowMs: number): boolean {
  return observedAt !== null && nowMs - toMs(observedAt) <= staleAfterSeconds * 1000;
}

export type Age = { unit: "now" } | { unit: "seconds" | "minutes" | "hours"; count: number } | { unit: "date" };

/** How an age is said: seconds, then minutes, then hours, and after a day its date. */
export function ageOf(observedAt: Moment, nowMs: number): Age {
  const seconds = Math.floor((nowMs - toMs(observedAt)) / 1000);
  if (seconds < 1) return { unit: "now" };
  if (seconds < 60) return { unit: "seconds", count: seconds };
  if (seconds < 3600) return { unit: "minutes", count: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: "hours", count: Math.floor(seconds / 3600) };
  return { unit: "date" };
}
