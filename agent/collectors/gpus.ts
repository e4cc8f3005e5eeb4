import { join } from "node:path";
import { findText, type HostRoots, type Known, known, listNames } from "@/agent/host-roots";

/** Class 03 of the PCI code assignment: display controllers, which compute cards belong to as well (0302). */
const DISPLAY_CLASS = /^0x03/;

/** Vendor ids of the PCI-SIG. */
const VENDOR_NAMES: Record<string, string> = {
  "0x10de": "NVIDIA",
  "0x1002": "AMD",
  "0x8086": "Intel",
  "0x1a03": "ASPEED",
  "0x102b": "Matrox",
  "0x1234": "QEMU",
  "0x1af4": "virtio",
  "0x15ad": "VMware",
  "0x1414": "Microsoft",
  "0x1013": "Cirrus Logic",
};

/** A name that a person can look up, for example `NVIDIA 10de:2684`. */
export function gpuName(vendor: string, device: string): string {
  const ids = `${vendor}:${device}`.replaceAll("0x", "");
  const name = VENDOR_NAMES[vendor];
  return name ? `${name} ${ids}` : ids;
}

/** Graphics and compute cards on the PCI bus; an empty list means that the bus was looked through and has none. */
export async function collectGpus({ sys }: HostRoots): Promise<Known<string[]>> {
  const folder = join(sys, "bus/pci/devices");
  const slots = await listNames(folder, "PCI bus");
  if ("unknown" in slots) return slots;
  const gpus: string[] = [];
  for (const slot of slots.value) {
    if (!DISPLAY_CLASS.test((await findText(folder, slot, "class")) ?? "")) continue;
    const vendor = await findText(folder, slot, "vendor");
    const device = await findText(folder, slot, "device");
    gpus.push(vendor && device ? gpuName(vendor, device) : `PCI ${slot}`);
  }
  return known(gpus.slice(0, 256));
}
