import { LINK_PROFILES, type LinkProfile } from "@/contract/link-profiles";
import type { EntityKind } from "@/contract/metrics";
import type { AgentSettings, LinkBudget } from "@/contract/session";

/** What a profile records and how it sends, given what the server asks for. */
export type Pace = { intervalSeconds: number; batchSeconds: number; kinds: ReadonlySet<EntityKind> | null };

const LEAN_KINDS: ReadonlySet<EntityKind> = new Set(["machine", "filesystem", "cluster", "link"]);
const HEARTBEAT_KINDS: ReadonlySet<EntityKind> = new Set(["machine", "cluster", "link"]);
const LEAN_INTERVAL_SECONDS = 60;
const LEAN_BATCH_SECONDS = 300;
const HEARTBEAT_SECONDS = 900;

/** `kinds` null = all of them. */
export function paceOf(profile: LinkProfile, settings: AgentSettings): Pace {
  const { intervalSeconds, batchSeconds } = settings;
  if (profile === "full") return { intervalSeconds, batchSeconds, kinds: null };
  if (profile === "lean") {
    return {
      intervalSeconds: Math.max(intervalSeconds, LEAN_INTERVAL_SECONDS),
      batchSeconds: Math.max(batchSeconds, LEAN_BATCH_SECONDS),
      kinds: LEAN_KINDS,
    };
  }
  const slow = Math.max(intervalSeconds, HEARTBEAT_SECONDS);
  return { intervalSeconds: slow, batchSeconds: slow, kinds: HEARTBEAT_KINDS };
}

const DAY_SECONDS = 86_400;
/** Budgets are looked at this often, over the bytes since the last look. */
const LOOK_SECONDS = 3600;
/** A richer profile is tried when it is sure to fit: the last look has to leave this much room. */
const ROOM = 0.35;

/** Bytes a day that a budget allows; null for no limit. */
export function bytesPerDay(budget: LinkBudget | null): number | null {
  if (!budget) return null;
  const limits = [budget.bytesPerDay, budget.bitsPerSecond ? (budget.bitsPerSecond / 8) * DAY_SECONDS : undefined];
  const given = limits.filter((limit): limit is number => limit !== undefined);
  return given.length > 0 ? Math.min(...given) : null;
}

/** Chooses the profile: the server's, or with `auto` the richest that keeps to the budget by what was measured. */
export class ProfileChooser {
  #profile: LinkProfile = "full";
  #lookedAtMs: number | null = null;
  #bytesThen = 0;

  get profile(): LinkProfile {
    return this.#profile;
  }

  /** @param totalBytes of the ledger. @returns true when the profile changed */
  look(settings: AgentSettings, nowMs: number, totalBytes: number): boolean {
    const before = this.#profile;
    if (settings.profile !== "auto") {
      this.#profile = settings.profile;
      this.#lookedAtMs = null;
      return before !== this.#profile;
    }
    const limit = bytesPerDay(settings.budget);
    if (this.#lookedAtMs === null || limit === null) {
      if (limit === null) this.#profile = "full";
      this.#lookedAtMs = nowMs;
      this.#bytesThen = totalBytes;
      return before !== this.#profile;
    }
    const seconds = (nowMs - this.#lookedAtMs) / 1000;
    const used = totalBytes - this.#bytesThen;
    // An overdrawn hour is noticed before the hour is over.
    const isOver = used > (limit * LOOK_SECONDS) / DAY_SECONDS;
    if (seconds < LOOK_SECONDS && !isOver) return false;
    const perDay = (used / Math.max(seconds, 1)) * DAY_SECONDS;
    this.#lookedAtMs = nowMs;
    this.#bytesThen = totalBytes;
    const place = LINK_PROFILES.indexOf(this.#profile);
    if (isOver) this.#profile = LINK_PROFILES[Math.min(place + 1, LINK_PROFILES.length - 1)] ?? "heartbeat";
    else if (perDay < ROOM * ROOM * limit) this.#profile = LINK_PROFILES[Math.max(place - 1, 0)] ?? "full";
    return before !== this.#profile;
  }
}
