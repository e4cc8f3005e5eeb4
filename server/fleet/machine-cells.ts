import type { Fact } from "@/contract/telemetry";
import type { Cell, CellsOf } from "@/server/lists/csv";
import type { MachineRow } from "./shapes";

const factCell = (fact: Fact | null): Cell => (fact && "value" in fact ? String(fact.value) : null);

/** What columns of the machine list are in a file: column → its cells. Figures of what is not reached are as of `as_of`. */
export const MACHINE_CELLS: CellsOf<MachineRow> = {
  site: { site: (row) => row.siteName },
  operatingSystem: { operating_system: (row) => factCell(row.operatingSystem) },
  kernelVersion: { kernel_version: (row) => factCell(row.kernelVersion) },
  virtualization: { virtualization: (row) => factCell(row.virtualization) },
  cores: { cores: (row) => row.coresLogical },
  cpu: { cpu_used_ratio: (row) => row.cpuUsedRatio },
  memory: { memory_used_bytes: (row) => row.memoryUsedBytes, memory_total_bytes: (row) => row.memoryTotalBytes },
  filesystem: {
    filesystem_used_ratio_max: (row) => row.filesystemUsedRatioMax,
    filesystem_fullest: (row) => row.filesystemFullestKey,
  },
  temperature: { temperature_celsius_max: (row) => row.temperatureCelsiusMax },
  power: { power_watts: (row) => row.powerWatts },
};
