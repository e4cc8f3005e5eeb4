import { join } from "node:path";
import { attributesOf, type EntityReading, type RawCounter } from "@/agent/entity-reading";
import {
  findLinkName,
  findText,
  type HostRoots,
  type Known,
  known,
  listNames,
  readText,
  readWhole,
  unknown,
} from "@/agent/host-roots";
import { METRIC_SETS } from "@/contract/metrics";

const STATISTICS_FILES = {
  receivedBytes: "rx_bytes",
  transmittedBytes: "tx_bytes",
  receivedErrors: "rx_errors",
  transmittedErrors: "tx_errors",
  receivedDrops: "rx_dropped",
  transmittedDrops: "tx_dropped",
} as const;

const BITS_PER_MEGABIT = 1_000_000;
/** SPEED_UNKNOWN of include/uapi/linux/ethtool.h is -1; drivers that keep it unsigned show these. */
const SPEEDS_UNKNOWN = new Set([0xffff, 0xffff_ffff]);
const KINDS_KEPT = new Set(["bond", "bridge", "vlan", "wireguard", "team"]);
/** Hardware types of include/uapi/linux/if_arp.h. */
const ARPHRD_ETHER = "1";

/** What the kernel says of an interface, enough to tell its kind. */
export type InterfaceMarks = {
  name: string;
  hasDevice: boolean;
  /** `DEVTYPE` of the uevent file. */
  deviceType: string | null;
  hasBonding: boolean;
  hasBridge: boolean;
  isWireless: boolean;
  hardwareType: string | null;
};

/**
 * Kind of an interface that carries a machine's traffic; null for loopback, the ends of containers, tunnels, filters
 * and other things of software.
 */
export function interfaceKind(marks: InterfaceMarks): string | null {
  if (marks.name === "lo" || marks.name.startsWith("veth")) return null;
  if (marks.isWireless) return "wireless";
  if (marks.hasDevice) return marks.deviceType === "wwan" ? "mobile" : "physical";
  if (marks.hasBonding) return "bond";
  if (marks.hasBridge) return "bridge";
  if (marks.deviceType && KINDS_KEPT.has(marks.deviceType)) return marks.deviceType;
  // The one interface of a system container has no device behind it.
  if (!marks.deviceType && /^eth\d+$/.test(marks.name) && marks.hardwareType === ARPHRD_ETHER) return "virtual";
  return null;
}

/** 1 with a link, 0 without; kernel documentation, networking/operstates. */
export function parseLink(operstate: Known<string>, carrier: string | null): Known<number> {
  if ("unknown" in operstate) return operstate;
  if (operstate.value === "up") return known(1);
  if (operstate.value !== "unknown") return known(0);
  if (carrier === "1" || carrier === "0") return known(Number(carrier));
  return unknown("not_offered", "the driver does not tell its link state");
}

/** Drivers without a speed say -1, or refuse the question while the link is down. */
export function parseSpeed(speed: Known<string>): Known<number> {
  const megabits = "value" in speed ? Number(speed.value) : Number.NaN;
  if (megabits > 0 && Number.isFinite(megabits) && !SPEEDS_UNKNOWN.has(megabits)) {
    return known(megabits * BITS_PER_MEGABIT);
  }
  if ("unknown" in speed && speed.unknown.code === "not_permitted") return speed;
  return unknown("not_offered", "the driver tells no speed, or the link is down");
}

/** All interfaces that carry the machine's traffic, or why they cannot be listed. */
export async function collectInterfaces({ sys }: HostRoots): Promise<Known<EntityReading<"interface">[]>> {
  const folder = join(sys, "class/net");
  const names = await listNames(folder, "list of network interfaces");
  if ("unknown" in names) return names;
  const found = await Promise.all(names.value.map((name) => readInterface(join(folder, name), name)));
  return known(found.filter((reading) => reading !== null));
}

async function readInterface(path: string, name: string): Promise<EntityReading<"interface"> | null> {
  const uevent = await findText(path, "uevent");
  // `bonding_masters` lies among the interfaces and is a file.
  if (uevent === null) return null;
  const kind = interfaceKind({
    name,
    hasDevice: await isFolder(path, "device"),
    deviceType: /^DEVTYPE=(.+)$/m.exec(uevent)?.[1] ?? null,
    hasBonding: await isFolder(path, "bonding"),
    hasBridge: await isFolder(path, "bridge"),
    isWireless: (await isFolder(path, "wireless")) || (await isFolder(path, "phy80211")),
    hardwareType: await findText(path, "type"),
  });
  if (!kind) return null;
  return {
    kind: "interface",
    key: name,
    attributes: attributesOf({
      kind,
      mac: (await findText(path, "address"))?.replace(/^(00:)+00$/, ""),
      driver: await findLinkName(path, "device", "driver"),
      duplex: (await findText(path, "duplex"))?.replace("unknown", ""),
      mtu: await findText(path, "mtu"),
      alias: await findText(path, "ifalias"),
    }),
    gauges: {
      linkUp: parseLink(await readText(join(path, "operstate"), "link state"), await findText(path, "carrier")),
      speedBitsPerSecond: parseSpeed(await readText(join(path, "speed"), "link speed")),
    },
    counters: await readStatistics(path),
  };
}

async function readStatistics(path: string): Promise<EntityReading<"interface">["counters"]> {
  const counters: EntityReading<"interface">["counters"] = {};
  for (const { name, kind } of METRIC_SETS.interface) {
    if (kind !== "counter") continue;
    const raw = await readWhole(join(path, "statistics", STATISTICS_FILES[name]), STATISTICS_FILES[name]);
    const counter: Known<RawCounter> = "value" in raw ? known({ raw: raw.value, perUnit: 1 }) : raw;
    counters[name] = counter;
  }
  return counters;
}

const isFolder = async (...segments: string[]): Promise<boolean> =>
  "value" in (await listNames(join(...segments), "folder"));
