"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Meter } from "@/components/chart/meter";
import { Quantity } from "@/components/shell/quantity";
import { MachineChart } from "@/components/telemetry/machine-chart";
import type { ChartRangeControl } from "@/components/telemetry/use-chart-range";
import { fillSeverity } from "@/server/fleet/model";
import { counterRate, filesystemUsedRatio } from "@/server/telemetry/model";
import { type Entity, entitiesOf, Gone, observedAtOf, rateOrReason } from "./entity";
import { EntityTable } from "./entity-table";
import { type Machine, staleAfterSeconds } from "./machine-figures";

function Fill({ entity }: { entity: Entity<"filesystem"> }) {
  const ratio = filesystemUsedRatio(entity.readings);
  return (
    <span className="inline-flex w-full items-center justify-end gap-2">
      <Meter label={entity.key} ratio={ratio} severity={fillSeverity(ratio)} className="w-20" />
      <span className="w-12">
        <Quantity kind="ratio" value={ratio} reason={entity.unknown.usedBytes ?? null} />
      </span>
    </span>
  );
}

/** Filesystems and disks, with the chart of the one that is chosen. */
export function MachineStorage({ machine, range }: { machine: Machine; range: ChartRangeControl }) {
  const t = useTranslations("fleet.machine");
  const filesystems = entitiesOf(machine, "filesystem");
  const disks = entitiesOf(machine, "disk");
  const [filesystemKey, setFilesystemKey] = useState(filesystems[0]?.key);
  const [diskKey, setDiskKey] = useState(disks[0]?.key);
  const size = (entity: Entity<"filesystem">, name: "sizeBytes" | "usedBytes" | "availableBytes") => (
    <Quantity kind="bytes" value={entity.readings[name] ?? null} reason={entity.unknown[name] ?? null} />
  );
  return (
    <div className="flex flex-col gap-8">
      <EntityTable
        title={t("filesystems")}
        entities={filesystems}
        getKey={(entity) => entity.key}
        chosenKey={filesystemKey}
        onChoose={setFilesystemKey}
        columns={[
          { id: "key", header: t("filesystem"), cell: (entity) => <Gone machine={machine} entity={entity} /> },
          { id: "device", header: t("device"), cell: (entity) => <code>{entity.attributes.device ?? ""}</code> },
          { id: "type", header: t("type"), cell: (entity) => entity.attributes.type ?? "" },
          { id: "size", header: t("size"), isFigure: true, cell: (entity) => size(entity, "sizeBytes") },
          { id: "used", header: t("used"), isFigure: true, cell: (entity) => size(entity, "usedBytes") },
          { id: "available", header: t("available"), isFigure: true, cell: (entity) => size(entity, "availableBytes") },
          { id: "fill", header: t("fill"), isFigure: true, cell: (entity) => <Fill entity={entity} /> },
          {
            id: "inodes",
            header: t("inodes"),
            isFigure: true,
            cell: ({ readings: { inodesTotal, inodesFree }, unknown }) => (
              <Quantity
                kind="ratio"
                value={inodesTotal && inodesFree !== undefined ? 1 - inodesFree / inodesTotal : null}
                reason={unknown.inodesTotal ?? unknown.inodesFree ?? null}
              />
            ),
          },
        ]}
      />
      {filesystemKey ? (
        <MachineChart
          machineId={machine.id}
          chart="filesystem"
          entityKey={filesystemKey}
          range={range}
          observedAt={observedAtOf(machine, "filesystem", filesystemKey)}
          staleAfterSeconds={staleAfterSeconds(machine)}
        />
      ) : null}
      <EntityTable
        title={t("disks")}
        entities={disks}
        getKey={(entity) => entity.key}
        chosenKey={diskKey}
        onChoose={setDiskKey}
        columns={[
          { id: "key", header: t("disk"), cell: (entity) => <Gone machine={machine} entity={entity} /> },
          {
            id: "model",
            header: t("model"),
            cell: (entity) => entity.attributes.model ?? entity.attributes.kind ?? "",
          },
          {
            id: "size",
            header: t("size"),
            isFigure: true,
            cell: (entity) => (
              <Quantity
                kind="bytes"
                value={entity.readings.sizeBytes ?? null}
                reason={entity.unknown.sizeBytes ?? null}
              />
            ),
          },
          {
            id: "read",
            header: t("read"),
            isFigure: true,
            cell: (entity) => (
              <Quantity
                kind="bytesPerSecond"
                {...rateOrReason(entity, counterRate(entity.readings, "readBytes"), "readBytes")}
              />
            ),
          },
          {
            id: "written",
            header: t("written"),
            isFigure: true,
            cell: (entity) => (
              <Quantity
                kind="bytesPerSecond"
                {...rateOrReason(entity, counterRate(entity.readings, "writtenBytes"), "writtenBytes")}
              />
            ),
          },
          {
            id: "busy",
            header: t("busy"),
            isFigure: true,
            cell: (entity) => (
              <Quantity
                kind="ratio"
                {...rateOrReason(entity, counterRate(entity.readings, "busySeconds"), "busySeconds")}
              />
            ),
          },
        ]}
      />
      {diskKey ? (
        <MachineChart
          machineId={machine.id}
          chart="disk"
          entityKey={diskKey}
          range={range}
          observedAt={observedAtOf(machine, "disk", diskKey)}
          staleAfterSeconds={staleAfterSeconds(machine)}
        />
      ) : null}
    </div>
  );
}
