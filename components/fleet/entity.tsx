"use client";

import { useTranslations } from "next-intl";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { StateMark } from "@/components/ui/state-mark";
import type { EntityKind, Readings } from "@/contract/metrics";
import type { UnknownReason } from "@/contract/unknown";
import type { EntityState } from "@/server/fleet/model";
import type { Known } from "@/server/telemetry/model";
import type { Machine } from "./machine-figures";

export type Entity<K extends EntityKind> = EntityState<K>;

/** The parts of one kind, those that are there now before those that are gone. */
export function entitiesOf<K extends EntityKind>(machine: Machine, kind: K): Entity<K>[] {
  return machine.entities
    .filter((entity) => entity.kind === kind)
    .map((entity) => ({ ...entity, kind, readings: entity.readings as Readings<K> }))
    .sort((a, b) => Number(isGone(machine, a)) - Number(isGone(machine, b)) || a.key.localeCompare(b.key));
}

/** When a part was read last; null when it never was. */
export function observedAtOf(machine: Machine, kind: EntityKind, key: string): Date | null {
  return machine.entities.find((entity) => entity.kind === kind && entity.key === key)?.observedAt ?? null;
}

/** What did not come with the newest readings was unmounted, unplugged or removed. */
function isGone(machine: Machine, entity: { observedAt: Date }): boolean {
  return machine.readingsObservedAt !== null && entity.observedAt.getTime() < machine.readingsObservedAt.getTime();
}

/** A rate as the props of a Quantity: the agent's own reason wins over "not read". */
export function rateOrReason<K extends EntityKind>(
  entity: Entity<K>,
  rate: Known<number>,
  name: string,
): { value: number | null; reason: UnknownReason | null } {
  return "value" in rate
    ? { value: rate.value, reason: null }
    : { value: null, reason: entity.unknown[name] ?? rate.unknown };
}

/** The name of a part; with the time since when it is gone. */
export function Gone<K extends EntityKind>({ machine, entity }: { machine: Machine; entity: Entity<K> }) {
  const t = useTranslations("fleet.machine");
  const moment = useMomentText();
  const since = useClock((nowMs) => moment.clock(entity.observedAt, nowMs));
  return (
    <>
      {entity.key}
      {isGone(machine, entity) ? (
        <span className="ml-2 font-sans">
          <StateMark state="unknown" word={t("gone", { time: since })} />
        </span>
      ) : null}
    </>
  );
}
