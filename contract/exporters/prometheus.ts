import type { MetricName } from "@/contract/metrics";
import {
  always,
  diskKey,
  energyReadings,
  filesystemKey,
  interfaceKey,
  keyed,
  leftOut,
  machine,
  type Rule,
  type Rules,
} from "./meaning";

const CPU_MODES: Record<string, MetricName<"machine">> = {
  user: "cpuUserSeconds",
  nice: "cpuNiceSeconds",
  system: "cpuSystemSeconds",
  idle: "cpuIdleSeconds",
  iowait: "cpuIowaitSeconds",
  irq: "cpuIrqSeconds",
  softirq: "cpuSoftirqSeconds",
  steal: "cpuStealSeconds",
};

const filesystem = keyed("filesystem", (labels) => filesystemKey(labels.get("mountpoint"), labels.get("fstype")));
const disk = keyed("disk", (labels) => diskKey(labels.get("device")));
const networkInterface = keyed("interface", (labels) => interfaceKey(labels.get("device")));
const sensor = keyed("sensor", (labels) => `${labels.get("chip") ?? ""}/${labels.get("sensor") ?? ""}`);
const volume = keyed("volume", (labels) => {
  const claim = labels.get("persistentvolumeclaim");
  return claim ? `${labels.get("namespace") ?? ""}/${claim}` : null;
});

const rapl =
  (zone: string): Rule =>
  (labels) =>
    energyReadings(zone, labels.get("path")?.split("/").at(-1) || `${zone}-${labels.get("index") ?? "0"}`, 1, true);

/** node-exporter, 1.5 and later. */
const NODE_EXPORTER: Rules = {
  node_cpu_seconds_total: (labels) => {
    const field = CPU_MODES[labels.get("mode") ?? ""];
    return field ? [machine(field, "counter")] : null;
  },
  // Time of guests lies inside user and nice.
  node_cpu_guest_seconds_total: leftOut,
  node_load1: always(machine("load1")),
  node_load5: always(machine("load5")),
  node_load15: always(machine("load15")),
  node_memory_MemTotal_bytes: always(machine("memoryTotalBytes")),
  node_memory_MemAvailable_bytes: always(machine("memoryAvailableBytes")),
  node_memory_MemFree_bytes: always(machine("memoryFreeBytes")),
  node_memory_Cached_bytes: always(machine("memoryCachedBytes")),
  node_memory_SwapTotal_bytes: always(machine("swapTotalBytes")),
  node_memory_SwapFree_bytes: always(machine("swapFreeBytes")),
  node_boot_time_seconds: always(machine("$bootedAt")),
  node_filesystem_size_bytes: filesystem("sizeBytes"),
  node_filesystem_free_bytes: filesystem("$freeBytes"),
  node_filesystem_avail_bytes: filesystem("availableBytes"),
  node_filesystem_files: filesystem("inodesTotal"),
  node_filesystem_files_free: filesystem("inodesFree"),
  node_disk_read_bytes_total: disk("readBytes", "counter"),
  node_disk_written_bytes_total: disk("writtenBytes", "counter"),
  node_disk_reads_completed_total: disk("readOperations", "counter"),
  node_disk_writes_completed_total: disk("writeOperations", "counter"),
  node_disk_io_time_seconds_total: disk("busySeconds", "counter"),
  node_network_receive_bytes_total: networkInterface("receivedBytes", "counter"),
  node_network_transmit_bytes_total: networkInterface("transmittedBytes", "counter"),
  node_network_receive_errs_total: networkInterface("receivedErrors", "counter"),
  node_network_transmit_errs_total: networkInterface("transmittedErrors", "counter"),
  node_network_receive_drop_total: networkInterface("receivedDrops", "counter"),
  node_network_transmit_drop_total: networkInterface("transmittedDrops", "counter"),
  node_network_up: networkInterface("linkUp"),
  node_network_speed_bytes: networkInterface("$speedBytes"),
  node_hwmon_temp_celsius: sensor("temperatureCelsius"),
  node_hwmon_temp_crit_celsius: sensor("criticalCelsius"),
  node_thermal_zone_temp: keyed(
    "sensor",
    (labels) => `thermal/${labels.get("type") ?? labels.get("zone") ?? ""}`,
  )("temperatureCelsius"),
  node_rapl_package_joules_total: rapl("package"),
  node_rapl_dram_joules_total: rapl("dram"),
  node_rapl_psys_joules_total: rapl("psys"),
  node_rapl_core_joules_total: rapl("core"),
  node_rapl_uncore_joules_total: rapl("uncore"),
};

/** Longhorn: what its disks on one node hold. Of its volumes it tells blocks that were ever written, which is no fill. */
const storageNode = keyed("pool", (labels) => (labels.get("node") ? `longhorn/${labels.get("node")}` : null));
const LONGHORN: Rules = {
  longhorn_node_storage_capacity_bytes: storageNode("rawBytes"),
  longhorn_node_storage_reservation_bytes: storageNode("reservedBytes"),
  longhorn_node_storage_scheduled_bytes: storageNode("provisionedBytes"),
  longhorn_node_storage_usage_bytes: storageNode("usedBytes"),
  longhorn_disk_capacity_bytes: leftOut,
  longhorn_disk_reservation_bytes: leftOut,
  longhorn_disk_usage_bytes: leftOut,
  longhorn_volume_capacity_bytes: leftOut,
  longhorn_volume_actual_size_bytes: leftOut,
};

/** cloudflared: connections to the edge; its own readiness is that there is one. */
const CLOUDFLARED: Rules = {
  cloudflared_tunnel_ha_connections: keyed("probe", () => "cloudflared")("$connections"),
};

const isWholeNode = (id: string | undefined): boolean => id === "/";
const root =
  (rule: Rule): Rule =>
  (labels) =>
    isWholeNode(labels.get("id")) ? rule(labels) : null;
const rootFilesystem = keyed("filesystem", (labels) => labels.get("device") ?? null);
const rootInterface = keyed("interface", (labels) => interfaceKey(labels.get("interface")));

/** The kubelet and the cAdvisor in it: the node itself and its volumes; containers are left out. */
const KUBELET: Rules = {
  machine_cpu_cores: always(machine("$cores")),
  machine_memory_bytes: always(machine("memoryTotalBytes")),
  machine_swap_bytes: always(machine("swapTotalBytes")),
  container_cpu_user_seconds_total: root(always(machine("cpuUserSeconds", "counter"))),
  container_cpu_system_seconds_total: root(always(machine("cpuSystemSeconds", "counter"))),
  container_memory_working_set_bytes: root(always(machine("$workingSetBytes"))),
  container_fs_limit_bytes: root(rootFilesystem("sizeBytes")),
  container_fs_usage_bytes: root(rootFilesystem("usedBytes")),
  container_fs_inodes_total: root(rootFilesystem("inodesTotal")),
  container_fs_inodes_free: root(rootFilesystem("inodesFree")),
  container_network_receive_bytes_total: root(rootInterface("receivedBytes", "counter")),
  container_network_transmit_bytes_total: root(rootInterface("transmittedBytes", "counter")),
  container_network_receive_errors_total: root(rootInterface("receivedErrors", "counter")),
  container_network_transmit_errors_total: root(rootInterface("transmittedErrors", "counter")),
  container_network_receive_packets_dropped_total: root(rootInterface("receivedDrops", "counter")),
  container_network_transmit_packets_dropped_total: root(rootInterface("transmittedDrops", "counter")),
  kubelet_volume_stats_capacity_bytes: volume("sizeBytes"),
  kubelet_volume_stats_used_bytes: volume("usedBytes"),
  kubelet_volume_stats_available_bytes: volume("availableBytes"),
  kubelet_volume_stats_inodes: volume("inodesTotal"),
  kubelet_volume_stats_inodes_free: volume("inodesFree"),
};

const MICRO = 1e-6;
const oldKepler =
  (zone: string): Rule =>
  (labels) =>
    energyReadings(zone, `${zone}-${labels.get("package") || "0"}`);

/** Kepler (up to 0.9 by domain, from 0.10 by zone) and Scaphandre, which counts in millionths. */
const ENERGY: Rules = {
  kepler_node_package_joules_total: oldKepler("package"),
  kepler_node_dram_joules_total: oldKepler("dram"),
  kepler_node_core_joules_total: oldKepler("core"),
  kepler_node_uncore_joules_total: oldKepler("uncore"),
  kepler_node_gpu_joules_total: oldKepler("gpu"),
  kepler_node_other_joules_total: oldKepler("other"),
  kepler_node_platform_joules_total: oldKepler("platform"),
  kepler_node_cpu_joules_total: (labels) => {
    const zone = labels.get("zone") || "package";
    return energyReadings(zone, labels.get("path")?.split("/").at(-1) || zone);
  },
  // Parts of what is counted whole, and watts of what is counted in joules.
  kepler_node_cpu_active_joules_total: leftOut,
  kepler_node_cpu_idle_joules_total: leftOut,
  kepler_node_cpu_watts: leftOut,
  kepler_node_cpu_active_watts: leftOut,
  kepler_node_cpu_idle_watts: leftOut,
  kepler_node_cpu_usage_ratio: leftOut,
  scaph_host_energy_microjoules: always(machine("$energyHost", "counter", MICRO)),
  scaph_host_rapl_psys_microjoules: always(...energyReadings("psys", "psys", MICRO)),
  scaph_socket_energy_microjoules: (labels) =>
    energyReadings("package", `package-${labels.get("socket_id") ?? "0"}`, MICRO),
  scaph_domain_energy_microjoules: (labels) => {
    const zone = labels.get("domain_name") || "other";
    return energyReadings(zone, `${zone}-${labels.get("socket_id") ?? "0"}`, MICRO);
  },
  scaph_host_power_microwatts: leftOut,
  scaph_socket_power_microwatts: leftOut,
};

/** What exporters tell that are asked one by one. */
export const EXPORTER_RULES: Rules = { ...NODE_EXPORTER, ...ENERGY, ...LONGHORN, ...CLOUDFLARED };

export const PROMETHEUS_RULES: Rules = { ...EXPORTER_RULES, ...KUBELET };
