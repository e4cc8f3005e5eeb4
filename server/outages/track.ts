import type { OutageGroup } from "./model";

/** What is stored of an outage that may still change. */
export type KnownOutage = { id: string; members: readonly { id: string; isDark: boolean }[] };

export type OutagePlan = {
  /** Groups that are a stored outage, seen anew. */
  seen: { id: string; group: OutageGroup }[];
  /** Groups that nobody has seen before. */
  begun: OutageGroup[];
  /** Stored outages all of whose members are part of another one now. */
  merged: { id: string; into: string }[];
};

/**
 * Which of the groups is which stored outage: the one that shares most of its members. So an outage keeps its name and
 * address while it grows, while its cause becomes clearer, and while its members return.
 *
 * @param darkIds what is dark at this moment; only that can begin an outage
 */
export function planOutages(
  groups: readonly OutageGroup[],
  known: readonly KnownOutage[],
  darkIds: ReadonlySet<string>,
): OutagePlan {
  const groupOf = new Map<string, number>();
  groups.forEach((group, number) => {
    for (const id of [...group.memberIds, ...group.maybeIds]) groupOf.set(id, number);
  });
  const overlaps = known.flatMap((outage) => {
    const shared = new Map<number, number>();
    for (const { id } of outage.members) {
      const number = groupOf.get(id);
      if (number !== undefined) shared.set(number, (shared.get(number) ?? 0) + 1);
    }
    return [...shared].map(([number, count]) => ({ id: outage.id, number, count }));
  });
  overlaps.sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
  const idOf = new Map<number, string>();
  const used = new Set<string>();
  for (const { id, number } of overlaps) {
    if (used.has(id) || idOf.has(number)) continue;
    used.add(id);
    idOf.set(number, id);
  }
  const plan: OutagePlan = { seen: [], begun: [], merged: [] };
  groups.forEach((group, number) => {
    const id = idOf.get(number);
    if (id) plan.seen.push({ id, group });
    else if ([...group.memberIds, ...group.maybeIds].filter((member) => darkIds.has(member)).length >= 2) {
      plan.begun.push(group);
    }
  });
  for (const { id, members } of known) {
    if (used.has(id) || members.length === 0) continue;
    const targets = new Set(members.map((member) => idOf.get(groupOf.get(member.id) ?? -1)));
    const [into] = targets;
    if (targets.size === 1 && into) plan.merged.push({ id, into });
  }
  return plan;
}
