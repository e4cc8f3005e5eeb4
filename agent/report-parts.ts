import type { AgentHealth, Report } from "@/contract/session";

/** So often the agent says how it is, at the latest. */
const HEALTH_MILLISECONDS = 15 * 60_000;

type Parts = Omit<Report, "agent">;

/** Remembers what was said, so that only what changed is said again. */
export class ReportParts {
  readonly #said: Record<keyof Parts, string> = { facts: "", descriptions: "", unknown: "" };
  #health = "";
  #healthAtMs = Number.NEGATIVE_INFINITY;

  /**
   * What has to be said now; null when nothing has. A report that is not acknowledged is kept by the engine, so that
   * what was said once need not be said again.
   */
  next(health: AgentHealth, parts: Required<Parts>, nowMs: number): Report | null {
    const changed: Parts = {};
    for (const name of ["facts", "descriptions", "unknown"] as const) {
      const text = canonicalJson(parts[name]);
      if (text === this.#said[name]) continue;
      this.#said[name] = text;
      Object.assign(changed, { [name]: parts[name] });
    }
    const health1 = canonicalJson(troubleOf(health));
    const isHealthDue = health1 !== this.#health || nowMs - this.#healthAtMs >= HEALTH_MILLISECONDS;
    if (!isHealthDue && Object.keys(changed).length === 0) return null;
    this.#health = health1;
    this.#healthAtMs = nowMs;
    return { agent: health, ...changed };
  }
}

/** What is worth a report of its own; sizes alone are not. */
function troubleOf({
  version,
  intervalSeconds,
  profile,
  thinnedSince,
  spoolError,
  transport,
  droppedMoments,
}: AgentHealth) {
  return { version, intervalSeconds, profile, thinnedSince, spoolError, transport, droppedMoments };
}

/** JSON with the names of objects in a fixed order, so that equal content is equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
