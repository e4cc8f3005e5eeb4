import type { EntityKind, MetricName } from "@/contract/metrics";

export type LabelMap = ReadonlyMap<string, string>;

/**
 * A value on its way into a reading. `field` is a reading of the kind, or a name with `$` in front: a part that
 * `derive.ts` makes a reading of.
 */
export type Reading = {
  kind: EntityKind;
  key: string;
  field: string;
  /** Value × scale = the unit of the reading. */
  scale: number;
  /** `first`: the value of one series. `sum`: of several added up. `counter`: growth, over several added up. */
  as: "first" | "sum" | "counter";
  /** The counter begins again at a known range without having been reset (RAPL). */
  wraps?: boolean;
};

/** Null: known, and left out on purpose (a partition, a loopback, a part of something that is counted whole). */
export type Rule = (labels: LabelMap) => readonly Reading[] | null;

export type Rules = Record<string, Rule>;

/** The machine's own reading. */
export function machine(field: MetricName<"machine"> | `$${string}`, as: Reading["as"] = "first", scale = 1): Reading {
  return { kind: "machine", key: "machine", field, as, scale };
}

/** A rule for one reading whatever the labels. */
export const always =
  (...readings: Reading[]): Rule =>
  () =>
    readings;

/** A rule for what is known and not needed. */
export const leftOut: Rule = () => null;

/**
 * How zones of energy make up the machine: only the widest of these that is there counts, and packages and memory are
 * added up. Cores lie inside packages and count for nothing but themselves.
 */
const ZONE_FIELDS: Record<string, `$${string}`> = {
  platform: "$energyPlatform",
  psys: "$energyPsys",
  package: "$energyPackage",
  dram: "$energyPackage",
};

/** Joules of one zone, and of the machine as far as the zone makes it up. */
export function energyReadings(zone: string, key: string, scale = 1, wraps = false): Reading[] {
  const whole = ZONE_FIELDS[zone.replace(/-\d+$/, "")];
  return [
    { kind: "energyZone", key, field: "energyJoules", as: "counter", scale, wraps },
    ...(whole ? [{ ...machine(whole, "counter", scale), wraps }] : []),
  ];
}

const VIRTUAL_FILESYSTEMS =
  /^(tmpfs|devtmpfs|overlay|squashfs|ramfs|rootfs|proc|sysfs|cgroup2?|nsfs|autofs|efivarfs|tracefs|debugfs|mqueue|devpts|fuse\..*|iso9660|erofs|bpf|configfs|securityfs|pstore|hugetlbfs|binfmt_misc|rpc_pipefs|selinuxfs)$/;
/** Devices that are no disk, and partitions, which their disk holds already. */
const NO_DISK =
  /^(loop|ram|zram|fd|sr|st|mtdblock)\d|^mmcblk\d+(boot\d|rpmb|gp\d|p\d)|^nvme\d+n\d+p\d|^(sd|vd|xvd|hd)[a-z]+\d/;
const NO_INTERFACE =
  /^(lo|veth.*|cali.*|cni.*|docker\d*|br-.*|virbr.*|flannel.*|vxlan.*|tun\d*|tap.*|ifb\d*|dummy\d*|kube-.*|lxc.*|nodelocaldns|cilium.*|tunl\d*|sit\d*|gre.*|bonding_masters)$/;

const KEY_LENGTH_MAX = 200;
const keyOf = (text: string): string => text.slice(0, KEY_LENGTH_MAX);

/** Key of a real filesystem; null for one that only lives in the kernel. */
export function filesystemKey(mountPoint: string | undefined, type: string | undefined): string | null {
  if (!mountPoint || (type && VIRTUAL_FILESYSTEMS.test(type))) return null;
  return keyOf(mountPoint);
}

/** Key of a whole disk. */
export function diskKey(device: string | undefined): string | null {
  const name = device?.replace(/^\/dev\//, "");
  return !name || NO_DISK.test(name) ? null : keyOf(name);
}

/** Key of an interface that carries a machine's traffic. */
export function interfaceKey(device: string | undefined): string | null {
  return !device || NO_INTERFACE.test(device) ? null : keyOf(device);
}

/** Makes a rule for a kind whose key comes from labels. */
export function keyed<K extends EntityKind>(kind: K, keyFrom: (labels: LabelMap) => string | null) {
  return (field: MetricName<K> | `$${string}`, as: Reading["as"] = "first", scale = 1): Rule =>
    (labels) => {
      const key = keyFrom(labels);
      return key === null || key === "" ? null : [{ kind, key: keyOf(key), field, as, scale }];
    };
}
