import type { EntityKind, Readings } from "@/contract/metrics";
import type { Fact, MachineFacts } from "@/contract/telemetry";
import type { UnknownReason } from "@/contract/unknown";

/** Offline = nothing came for so many of the agent's own intervals. The rule is shown where the state is shown. */
export const MISSED_INTERVALS_MAX = 3;

/** How a machine is reached; says nothing of its health. */
export const CONNECTIVITIES = ["online", "offline", "never", "revoked"] as const;
export type Connectivity = (typeof CONNECTIVITIES)[number];

/** Connectivity at `now`; null agent data = no agent speaks for this machine any more. */
export function connectivityOf(
  agent: { isRevoked: boolean; lastReceivedAt: Date | null; intervalSeconds: number } | null,
  now: Date,
): Connectivity {
  if (!agent || agent.isRevoked) return "revoked";
  if (!agent.lastReceivedAt) return "never";
  const silentSeconds = (now.getTime() - agent.lastReceivedAt.getTime()) / 1000;
  return silentSeconds > MISSED_INTERVALS_MAX * agent.intervalSeconds ? "offline" : "online";
}

/** So long after data with times that nobody could correct came, it is worth a mark. */
export const CLOCK_UNSURE_DAYS = 7;

/** True while a person who looks at the last days sees data whose times may be wrong. */
export function isClockUnsure(clockUnsureAt: Date | null, now: Date): boolean {
  return clockUnsureAt !== null && now.getTime() - clockUnsureAt.getTime() < CLOCK_UNSURE_DAYS * 86_400_000;
}

/** Fill of a filesystem, or of memory, from which a person should look, and from which it hurts. */
export const FILL_WARNING_RATIO = 0.85;
export const FILL_CRITICAL_RATIO = 0.95;

export type Severity = "good" | "warning" | "critical" | "unknown";

/** The one judgement of how full is too full; tables, tiles and the attention list share it. */
export function fillSeverity(usedRatio: number | null): Severity {
  if (usedRatio === null) return "unknown";
  if (usedRatio >= FILL_CRITICAL_RATIO) return "critical";
  return usedRatio >= FILL_WARNING_RATIO ? "warning" : "good";
}

/** Facts whose change is told in the timeline. */
export const TRACKED_FACTS = [
  "hostname",
  "operatingSystem",
  "kernelVersion",
  "bootId",
  "memoryTotalBytes",
  "coresLogical",
  "systemUuid",
  "systemSerial",
  "virtualization",
] as const;

/** Kinds of `fleet_changes`: facts by their name, `reboot` for a new boot id, and what happened to the identity. */
export const CHANGE_KINDS = [
  "first_seen",
  "agent_replaced",
  "agent_joined",
  "identity_collision",
  "identity_claimed",
  "replaces_machine",
  "replaced_by_machine",
  "key_shared",
  "key_kept",
  "site",
  "reboot",
  ...TRACKED_FACTS,
] as const;

export type FactChange = { kind: string; before: string | null; after: string | null };

const factText = (fact: Fact | undefined): string | null => {
  if (!fact || !("value" in fact)) return null;
  return Array.isArray(fact.value) ? fact.value.join(", ") : String(fact.value);
};

/** What a new set of facts changes. A fact that becomes unknown, or known for the first time, is no change. */
export function factChanges(before: MachineFacts, after: MachineFacts): FactChange[] {
  return TRACKED_FACTS.flatMap((name): FactChange[] => {
    const was = factText(before[name]);
    const is = factText(after[name]);
    if (was === null || is === null || was === is) return [];
    if (name === "bootId") return [{ kind: "reboot", before: null, after: factText(after.bootedAt) }];
    return [{ kind: name, before: was, after: is }];
  });
}

/** Value of a fact when it is known. */
export function factValue(facts: MachineFacts, name: string): string | number | boolean | string[] | null {
  const fact = facts[name];
  return fact && "value" in fact ? fact.value : null;
}

/** One entity of a machine as the screens get it; counters in `readings` are increments over its `spanSeconds`. */
export type EntityState<K extends EntityKind = EntityKind> = {
  id: number;
  kind: K;
  key: string;
  attributes: Record<string, string>;
  readings: Readings<K>;
  unknown: Record<string, UnknownReason>;
  observedAt: Date;
  receivedAt: Date;
};
