import { eventSeenAt } from "./kinds/cluster";
import type { Kept } from "./resources";

/** What went wrong again and again, as one: the same reason for the same kind of object in the same namespace. */
export type Warning = {
  reason: string;
  /** Of the objects it is about: Pod, Node, … */
  kind: string;
  namespace: string | null;
  /** How many objects it is about, of those that are named. */
  objects: number;
  /** How often it was counted in all. */
  count: number;
  /** Seconds since 1970; null: no event says when. */
  firstAt: number | null;
  lastAt: number | null;
  /** Of the newest: its message, and the name of what it is about. */
  message: string | null;
  example: string | null;
};

type Event = Kept<"events">;
type Fold = Warning & { names: Set<string> };

/**
 * Folds the events that are kept: a thousand restarts of fifty pods are one line.
 * @param max of warnings; the newest are kept
 */
export function foldWarnings(events: Iterable<Event>, max = 100): Warning[] {
  const folds = new Map<string, Fold>();
  for (const event of events) {
    const { reason = "", involvedObject, message = null } = event;
    const kind = involvedObject?.kind ?? "";
    const namespace = involvedObject?.namespace ?? null;
    const key = JSON.stringify([reason, kind, namespace]);
    const seenAt = eventSeenAt(event) ?? null;
    const firstAt = event.firstTimestamp ?? event.eventTime ?? seenAt;
    const count = event.series?.count ?? event.count ?? 1;
    const fold = folds.get(key) ?? startFold(reason, kind, namespace);
    folds.set(key, fold);
    fold.count += count;
    fold.names.add(involvedObject?.uid ?? involvedObject?.name ?? "");
    if (firstAt !== null && (fold.firstAt === null || firstAt < fold.firstAt)) fold.firstAt = firstAt;
    if (fold.lastAt === null || (seenAt !== null && seenAt >= fold.lastAt)) {
      fold.lastAt = seenAt;
      fold.message = message;
      fold.example = involvedObject?.name ?? null;
    }
  }
  return [...folds.values()]
    .sort((a, b) => (b.lastAt ?? 0) - (a.lastAt ?? 0))
    .slice(0, max)
    .map(({ names, ...warning }) => ({ ...warning, objects: names.size }));
}

function startFold(reason: string, kind: string, namespace: string | null): Fold {
  const empty = { objects: 0, count: 0, firstAt: null, lastAt: null, message: null, example: null };
  return { reason, kind, namespace, ...empty, names: new Set() };
}
