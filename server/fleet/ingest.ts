import { and, eq, sql } from "drizzle-orm";
import type { MachineFacts, UnknownReason } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { fleetChanges, machines } from "@/db/schema/fleet";
import { counterRate, cpuUsedRatio, filesystemUsedRatio, type Known, memoryUsedBytes } from "@/server/telemetry/model";
import { entitiesOfKind, listEntityStates } from "./entity-states";
import { factChanges, factValue } from "./model";

/** Derives what lists and tiles read from the entities' newest readings, with the reason for each missing figure. */
export async function writeMachineReadings(
  tx: Transaction,
  orgId: string,
  machineId: string,
  receivedAt: Date,
): Promise<void> {
  const states = await listEntityStates(tx, orgId, machineId);
  const [machine] = entitiesOfKind(states, "machine");
  if (!machine) return;
  const unknown: Record<string, UnknownReason> = {};
  const take = (name: string, known: Known<number>): number | null => {
    if ("value" in known) return known.value;
    unknown[name] = known.unknown;
    return null;
  };
  const reasonOf = (reading: string): Known<never> => ({
    unknown: machine.unknown[reading] ?? { code: "read_failed", detail: `the agent sent no ${reading}` },
  });
  const gauge = (name: "load1" | "memoryTotalBytes"): Known<number> => {
    const value = machine.readings[name];
    return value === undefined ? reasonOf(name) : { value };
  };
  const pair = {
    latest: machine.readings,
    observedAt: machine.observedAt,
    earlier: machine.earlier,
    earlierObservedAt: machine.earlierObservedAt,
  };
  const used = memoryUsedBytes(machine.readings);
  // What was unmounted or unplugged keeps its last row; only what came with the newest readings counts as present.
  const isPresent = (state: { observedAt: Date }) => state.observedAt.getTime() === machine.observedAt.getTime();
  const fullest = entitiesOfKind(states, "filesystem")
    .filter(isPresent)
    .map((state) => ({ key: state.key, ratio: filesystemUsedRatio(state.readings) }))
    .filter((row): row is { key: string; ratio: number } => row.ratio !== null)
    .sort((a, b) => b.ratio - a.ratio)[0];
  if (!fullest) unknown.filesystemUsedRatioMax = { code: "read_failed", detail: "no filesystem could be read" };
  const temperatures = entitiesOfKind(states, "sensor")
    .filter(isPresent)
    .flatMap((state) => state.readings.temperatureCelsius ?? []);
  if (temperatures.length === 0) {
    unknown.temperatureCelsiusMax = machine.unknown.temperatureCelsius ?? {
      code: "not_offered",
      detail: "no temperature sensor on this kernel",
    };
  }
  await tx
    .update(machines)
    .set({
      cpuUsedRatio: take("cpuUsedRatio", cpuUsedRatio(pair)),
      load1: take("load1", gauge("load1")),
      memoryTotalBytes: take("memoryTotalBytes", gauge("memoryTotalBytes")),
      memoryUsedBytes: take("memoryUsedBytes", used === null ? reasonOf("memoryAvailableBytes") : { value: used }),
      filesystemUsedRatioMax: fullest?.ratio ?? null,
      filesystemFullestKey: fullest?.key ?? null,
      temperatureCelsiusMax: temperatures.length > 0 ? Math.max(...temperatures) : null,
      powerWatts: take(
        "powerWatts",
        machine.readings.energyJoules === undefined ? reasonOf("energyJoules") : counterRate(pair, "energyJoules"),
      ),
      unknown,
      readingsObservedAt: machine.observedAt,
      readingsReceivedAt: receivedAt,
    })
    .where(and(eq(machines.orgId, orgId), eq(machines.id, machineId)));
}

/** Takes over the facts and writes what changed into the timeline. */
export async function writeMachineFacts(
  tx: Transaction,
  orgId: string,
  machineId: string,
  facts: MachineFacts,
  observedAt: Date | null,
  receivedAt: Date,
): Promise<void> {
  const here = and(eq(machines.orgId, orgId), eq(machines.id, machineId));
  const [before] = await tx.select({ facts: machines.facts }).from(machines).where(here);
  if (!before) throw new Error(`machine ${machineId} is not there`);
  const hostname = factValue(facts, "hostname");
  const cores = factValue(facts, "coresLogical");
  await tx
    .update(machines)
    .set({
      facts,
      factsObservedAt: observedAt,
      factsReceivedAt: receivedAt,
      name: typeof hostname === "string" && hostname !== "" ? hostname : sql`${machines.name}`,
      coresLogical: typeof cores === "number" ? cores : null,
    })
    .where(here);
  const changes = factChanges(before.facts, facts);
  if (changes.length > 0) {
    await tx
      .insert(fleetChanges)
      .values(changes.map((change) => ({ orgId, machineId, observedAt, receivedAt, ...change })));
  }
}
