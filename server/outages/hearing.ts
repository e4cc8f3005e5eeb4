import { TOGETHER_MS } from "./model";

/** One process of a gateway. Milliseconds since 1970. */
export type GatewayRun = { startedMs: number; heardMs: number };
/** A time in which agents may have been silent because of this side, and until when its end is given to them to return. */
export type Deafness = { fromMs: number; untilMs: number };

/** A gateway that says nothing for so long is not there; it signs every ten seconds. */
export const RUN_SILENT_MS = 30_000;

/**
 * When agents could not be heard, or had to look for another gateway: silence that begins there is no outage before two
 * minutes have passed. A gateway that stays away is: its agents, if all are silent, then point at this side.
 */
export function deafnessOf(runs: readonly GatewayRun[], nowMs: number): Deafness[] {
  const isGone = ({ heardMs }: GatewayRun) => nowMs - heardMs > RUN_SILENT_MS;
  const stops = runs.filter(isGone).map(({ heardMs }) => ({ fromMs: heardMs, untilMs: heardMs + TOGETHER_MS }));
  const starts = runs.map(({ startedMs }) => {
    const before = runs.filter(({ heardMs }) => heardMs < startedMs).map(({ heardMs }) => heardMs);
    // What was before the first run that was noted, nobody knows.
    return { fromMs: before.length > 0 ? Math.max(...before) : 0, untilMs: startedMs + TOGETHER_MS };
  });
  return [...stops, ...starts].filter(({ untilMs }) => nowMs < untilMs);
}

/** True when a thing's silence may be ours: it was heard, by its own rule, until there was nobody to hear it. */
export function isHeld(deafness: readonly Deafness[], heardMs: number, ruleMs: number): boolean {
  return deafness.some(({ fromMs }) => heardMs + ruleMs >= fromMs);
}
