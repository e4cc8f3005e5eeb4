import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { attributesOf, type EntityReading, type RawCounter, unknownFor } from "@/agent/entity-reading";
import {
  findText,
  type HostRoots,
  type Known,
  known,
  listNames,
  readText,
  readWhole,
  unknown,
} from "@/agent/host-roots";

/** Sectors in the kernel's counters are 512 bytes whatever the device says (kernel documentation, block/stat). */
const SECTOR_BYTES = 512n;

const COUNTER_NAMES = ["readBytes", "writtenBytes", "readOperations", "writeOperations", "busySeconds"] as const;
type DiskCounters = Record<(typeof COUNTER_NAMES)[number], Known<RawCounter>>;

/** Not disks: memory, images, floppies, optical drives, tapes, and the boot areas of an eMMC. */
const NO_DISK = /^(loop|ram|zram|fd|sr|st|mtdblock)\d|^mmcblk\d+(boot\d|rpmb|gp\d)/;

/** Counters of each device out of the text of `/proc/diskstats` (kernel documentation, admin-guide/iostats). */
export function parseDiskstats(text: string): Map<string, DiskCounters> {
  const disks = new Map<string, DiskCounters>();
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/ +/);
    const name = fields[2];
    // Position 13 is "milliseconds spent doing I/O", the last one that is used.
    if (!name || fields.length < 14 || !fields.slice(3, 13).every((field) => /^\d+$/.test(field))) continue;
    const at = (position: number) => BigInt(fields[position] ?? 0);
    disks.set(name, {
      readOperations: known({ raw: at(3), perUnit: 1 }),
      readBytes: known({ raw: at(5) * SECTOR_BYTES, perUnit: 1 }),
      writeOperations: known({ raw: at(7), perUnit: 1 }),
      writtenBytes: known({ raw: at(9) * SECTOR_BYTES, perUnit: 1 }),
      busySeconds: known({ raw: at(12), perUnit: 1000 }),
    });
  }
  return disks;
}

/** All whole block devices: physical and virtual disks, and as kinds of their own RAID sets and mapped volumes. */
export async function collectDisks({ proc, sys }: HostRoots): Promise<EntityReading<"disk">[]> {
  const names = await listNames(join(sys, "block"), "block devices");
  if ("unknown" in names) return [];
  const diskstats = await readText(join(proc, "diskstats"), "/proc/diskstats");
  const counters: Known<Map<string, DiskCounters>> =
    "value" in diskstats ? known(parseDiskstats(diskstats.value)) : diskstats;
  const disks = await Promise.all(names.value.map((name) => readDisk(join(sys, "block", name), name, counters)));
  return disks.filter((disk) => disk !== null);
}

async function readDisk(
  path: string,
  name: string,
  counters: Known<Map<string, DiskCounters>>,
): Promise<EntityReading<"disk"> | null> {
  // Paths of a multipath NVMe device are hidden; the device itself is listed beside them.
  if (NO_DISK.test(name) || (await findText(path, "hidden")) === "1") return null;
  const sectors = await readWhole(join(path, "size"), `size of ${name}`);
  // A card reader without a card, a network block device without a server.
  if ("value" in sectors && sectors.value === 0n) return null;
  const device = join(path, "device");
  const kind = await diskKind(path, name);
  const own = "value" in counters ? counters.value.get(name) : counters;
  return {
    kind: "disk",
    key: name,
    attributes: attributesOf({
      kind,
      model: (await findText(device, "model"))?.trim(),
      vendor: vendorName(await findText(device, "vendor")),
      serial: (await findText(path, "serial")) || (await findText(device, "serial")),
      name: await findText(path, "dm", "name"),
      // What a hypervisor says of its virtual disks here is a constant.
      medium: kind === "virtual" ? null : medium(await findText(path, "queue", "rotational")),
    }),
    gauges: { sizeBytes: "value" in sectors ? known(Number(sectors.value * SECTOR_BYTES)) : sectors },
    counters:
      own && !("unknown" in own)
        ? own
        : unknownFor(COUNTER_NAMES, own ?? unknown("not_offered", `/proc/diskstats has no line for ${name}`)),
  };
}

async function diskKind(path: string, name: string): Promise<string> {
  if (name.startsWith("md")) return "raid";
  if (name.startsWith("dm-")) return "mapped";
  if (/^(vd|xvd)|^(nbd|rbd|drbd)\d/.test(name)) return "virtual";
  const target = await readlink(path).catch(() => "");
  return target.includes("/devices/virtual/") ? "virtual" : "physical";
}

const medium = (rotational: string | null): string | null =>
  rotational === "1" ? "rotating" : rotational === "0" ? "solid state" : null;

/** SCSI gives a word, PCI and virtio a number that says nothing to a person. */
const vendorName = (vendor: string | null): string | null => (vendor && !/^0x/.test(vendor) ? vendor.trim() : null);
