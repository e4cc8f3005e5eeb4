"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { Quantity } from "@/components/shell/quantity";
import { MachineChart } from "@/components/telemetry/machine-chart";
import type { ChartRangeControl } from "@/components/telemetry/use-chart-range";
import { counterRate } from "@/server/telemetry/model";
import { entitiesOf, Gone, observedAtOf, rateOrReason } from "./entity";
import { EntityTable } from "./entity-table";
import { FactList } from "./fact-list";
import { type Machine, staleAfterSeconds } from "./machine-figures";

function FactsAge({ receivedAt }: { receivedAt: Date }) {
  const t = useTranslations("fleet.machine");
  const moment = useMomentText();
  const time = useClock((nowMs) => moment.clock(receivedAt, nowMs));
  return <span className="text-caption text-ink-faint tabular-nums">{t("factsAge", { time })}</span>;
}

/** Facts, temperature sensors and energy zones. */
export function MachineHardware({ machine, range }: { machine: Machine; range: ChartRangeControl }) {
  const t = useTranslations("fleet.machine");
  const sensors = entitiesOf(machine, "sensor");
  const zones = entitiesOf(machine, "energyZone");
  const [sensorKey, setSensorKey] = useState(sensors[0]?.key);
  const celsius = (entity: (typeof sensors)[number], name: "temperatureCelsius" | "criticalCelsius") => (
    <Quantity kind="celsius" value={entity.readings[name] ?? null} reason={entity.unknown[name] ?? null} />
  );
  return (
    <div className="flex flex-col gap-8">
      <section>
        <div className="mb-2 flex items-baseline justify-between gap-3">
          <h2 className="font-semibold text-heading">{t("facts")}</h2>
          {machine.factsReceivedAt ? <FactsAge receivedAt={machine.factsReceivedAt} /> : null}
        </div>
        <FactList facts={machine.facts} />
      </section>
      <EntityTable
        title={t("sensors")}
        entities={sensors}
        getKey={(entity) => entity.key}
        chosenKey={sensorKey}
        onChoose={setSensorKey}
        columns={[
          { id: "key", header: t("sensor"), cell: (entity) => <Gone machine={machine} entity={entity} /> },
          { id: "name", header: t("name"), cell: (entity) => entity.attributes.label ?? "" },
          {
            id: "now",
            header: t("temperature"),
            isFigure: true,
            cell: (entity) => celsius(entity, "temperatureCelsius"),
          },
          {
            id: "critical",
            header: t("critical"),
            isFigure: true,
            cell: (entity) => celsius(entity, "criticalCelsius"),
          },
        ]}
      />
      {sensorKey ? (
        <MachineChart
          machineId={machine.id}
          chart="temperature"
          entityKey={sensorKey}
          range={range}
          observedAt={observedAtOf(machine, "sensor", sensorKey)}
          staleAfterSeconds={staleAfterSeconds(machine)}
        />
      ) : null}
      <EntityTable
        title={t("energyZones")}
        help={t("energyZonesHelp")}
        entities={zones}
        getKey={(entity) => entity.key}
        columns={[
          { id: "key", header: t("zone"), cell: (entity) => <code>{entity.key}</code> },
          { id: "name", header: t("name"), cell: (entity) => entity.attributes.name ?? "" },
          {
            id: "power",
            header: t("power"),
            isFigure: true,
            cell: (entity) => (
              <Quantity
                kind="watts"
                {...rateOrReason(entity, counterRate(entity.readings, "energyJoules"), "energyJoules")}
              />
            ),
          },
        ]}
      />
    </div>
  );
}
