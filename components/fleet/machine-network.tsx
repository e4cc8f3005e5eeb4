"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import { MachineChart } from "@/components/telemetry/machine-chart";
import type { ChartRangeControl } from "@/components/telemetry/use-chart-range";
import { StateMark } from "@/components/ui/state-mark";
import { counterRate } from "@/server/telemetry/model";
import { type Entity, entitiesOf, Gone, observedAtOf, rateOrReason } from "./entity";
import { EntityTable } from "./entity-table";
import { type Machine, staleAfterSeconds } from "./machine-figures";

type Interface = Entity<"interface">;

function Link({ entity }: { entity: Interface }) {
  const t = useTranslations("fleet.machine");
  const { linkUp } = entity.readings;
  if (linkUp === undefined) return <UnknownValue reason={entity.unknown.linkUp ?? null} isShort />;
  return linkUp === 1 ? (
    <StateMark state="good" word={t("linkUp")} />
  ) : (
    <StateMark state="offline" word={t("linkDown")} />
  );
}

function Count({
  entity,
  names,
}: {
  entity: Interface;
  names: readonly ("receivedErrors" | "transmittedErrors" | "receivedDrops" | "transmittedDrops")[];
}) {
  const values = names.map((name) => entity.readings[name]);
  const known = values.filter((value) => value !== undefined);
  const reason = names.map((name) => entity.unknown[name]).find((found) => found !== undefined) ?? null;
  return (
    <Quantity
      kind="count"
      value={known.length === names.length ? known.reduce((sum, value) => sum + value, 0) : null}
      reason={reason}
    />
  );
}

/** The network interfaces, with the chart of the one that is chosen. */
export function MachineNetwork({ machine, range }: { machine: Machine; range: ChartRangeControl }) {
  const t = useTranslations("fleet.machine");
  const interfaces = entitiesOf(machine, "interface");
  const [chosenKey, setChosenKey] = useState(
    (interfaces.find((entity) => entity.readings.linkUp === 1) ?? interfaces[0])?.key,
  );
  const rate = (entity: Interface, name: "receivedBytes" | "transmittedBytes") => (
    <Quantity kind="bytesPerSecond" {...rateOrReason(entity, counterRate(entity.readings, name), name)} />
  );
  return (
    <div className="flex flex-col gap-8">
      <EntityTable
        title={t("interfaces")}
        entities={interfaces}
        getKey={(entity) => entity.key}
        chosenKey={chosenKey}
        onChoose={setChosenKey}
        columns={[
          { id: "key", header: t("interface"), cell: (entity) => <Gone machine={machine} entity={entity} /> },
          { id: "link", header: t("link"), cell: (entity) => <Link entity={entity} /> },
          {
            id: "speed",
            header: t("speed"),
            isFigure: true,
            cell: (entity) => (
              <Quantity
                kind="bitsPerSecond"
                value={entity.readings.speedBitsPerSecond ?? null}
                reason={entity.unknown.speedBitsPerSecond ?? null}
              />
            ),
          },
          { id: "received", header: t("received"), isFigure: true, cell: (entity) => rate(entity, "receivedBytes") },
          {
            id: "transmitted",
            header: t("transmitted"),
            isFigure: true,
            cell: (entity) => rate(entity, "transmittedBytes"),
          },
          {
            id: "errors",
            header: t("errors"),
            isFigure: true,
            cell: (entity) => <Count entity={entity} names={["receivedErrors", "transmittedErrors"]} />,
          },
          {
            id: "drops",
            header: t("drops"),
            isFigure: true,
            cell: (entity) => <Count entity={entity} names={["receivedDrops", "transmittedDrops"]} />,
          },
          { id: "address", header: t("address"), cell: (entity) => <code>{entity.attributes.mac ?? ""}</code> },
        ]}
      />
      {chosenKey ? (
        <MachineChart
          machineId={machine.id}
          chart="network"
          entityKey={chosenKey}
          range={range}
          observedAt={observedAtOf(machine, "interface", chosenKey)}
          staleAfterSeconds={staleAfterSeconds(machine)}
        />
      ) : null}
    </div>
  );
}
