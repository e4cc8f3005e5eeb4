import type { LabelMap } from "@/contract/exporters/meaning";
import type { Series } from "./samples";

/** What info metrics and resource attributes tell of a machine, by the names of its facts. */
export type HostFacts = Readonly<Record<string, string>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Placeholders that firmware gives where it has no number of its own. */
const NO_UUID = /^(0{8}-0{4}-0{4}-0{4}-0{12}|f{8}-f{4}-f{4}-f{4}-f{12}|03000200-0400-0500-0006-000700080009)$/;

/** A system UUID in lower case; null for what is none. */
export function systemUuidOf(text: string | undefined): string | null {
  const uuid = text?.toLowerCase() ?? "";
  return UUID.test(uuid) && !NO_UUID.test(uuid) ? uuid : null;
}

/** Info metric → label → fact. */
const INFO: Record<string, Record<string, string>> = {
  node_uname_info: { nodename: "hostname", release: "kernelVersion", machine: "architecture" },
  node_os_info: { pretty_name: "operatingSystem" },
  node_dmi_info: {
    product_uuid: "systemUuid",
    product_serial: "systemSerial",
    product_name: "systemProduct",
    system_vendor: "systemVendor",
  },
  machine_memory_bytes: { system_uuid: "systemUuid", boot_id: "bootId", machine_id: "machineId" },
  kubelet_node_name: { node: "hostname" },
};
const RESOURCE: Record<string, string> = {
  "host.name": "hostname",
  "k8s.node.name": "hostname",
  "os.description": "operatingSystem",
  "host.arch": "architecture",
  "host.id": "systemUuid",
};

/** True for a metric that is nothing but facts. */
export const isInfoMetric = (name: string): boolean => Object.hasOwn(INFO, name) && name !== "machine_memory_bytes";

function pick(labels: LabelMap, names: Record<string, string>): HostFacts {
  const facts: Record<string, string> = {};
  for (const [label, fact] of Object.entries(names)) {
    const value = labels.get(label);
    if (!value || value.length > 500) continue;
    const known = fact === "systemUuid" ? systemUuidOf(value) : value;
    if (known) facts[fact] = known;
  }
  return facts;
}

/** Facts that this series tells; empty for nearly all. */
export function factsOfSeries(series: Series): HostFacts {
  const names = INFO[series.name];
  return {
    ...(series.resource ? pick(series.resource, RESOURCE) : {}),
    ...(names ? pick(series.labels, names) : {}),
  };
}
