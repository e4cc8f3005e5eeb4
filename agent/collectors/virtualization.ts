import { join } from "node:path";
import { findText, type HostRoots, type Known, known, listNames, unknown } from "@/agent/host-roots";
import { parseMounts } from "./mounts";

/** What was found that tells a virtual machine from a physical one; null where the place does not exist. */
export type VirtualizationMarks = {
  dmiVendor: string | null;
  dmiProduct: string | null;
  dmiBiosVendor: string | null;
  /** `/sys/hypervisor/type`, for example `xen`. */
  hypervisorType: string | null;
  /** `/proc/xen/capabilities`: holds `control_d` in the domain that runs on the bare machine. */
  xenCapabilities: string | null;
  /** `flags` of the first processor in `/proc/cpuinfo` (x86); null where the architecture has no such line. */
  cpuFlags: string | null;
  /** `/proc/device-tree/hypervisor/compatible` (ARM guests). */
  deviceTreeHypervisor: string | null;
  deviceTreeModel: string | null;
  /** `available_clocksource`: a guest's kernel lists the clock that its hypervisor offers. */
  clocks: string | null;
};

/** Firmware's words for hypervisors, as systemd-detect-virt(1) and virt-what(1) know them. The first that fits counts. */
const FIRMWARE_HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/firecracker/i, "Firecracker"],
  [/kubevirt/i, "KubeVirt (KVM)"],
  [/openstack/i, "OpenStack (KVM)"],
  // OVMF is the firmware of QEMU's machines, dummy-virt the board that it makes up on ARM.
  [/\b(kvm|qemu|bochs|seabios|ovmf)\b|dummy-virt/i, "KVM/QEMU"],
  [/rhev|ovirt/i, "oVirt (KVM)"],
  [/vmware|^vmw$/i, "VMware"],
  [/virtualbox|innotek/i, "VirtualBox"],
  [/^xen|\bhvm domu\b/i, "Xen"],
  [/amazon ec2/i, "AWS Nitro"],
  [/google compute engine/i, "Google Compute Engine (KVM)"],
  [/alibaba cloud/i, "Alibaba Cloud (KVM)"],
  [/digitalocean/i, "DigitalOcean (KVM)"],
  [/^hetzner.*vserver|^vserver$/i, "Hetzner Cloud (KVM)"],
  [/parallels/i, "Parallels"],
  [/nutanix.*ahv|^ahv$/i, "Nutanix AHV"],
  [/bhyve/i, "bhyve"],
  [/apple virtualization/i, "Apple Virtualization"],
];

/** Clocks of hypervisors, by the names that the kernel gives them (arch/x86/kernel/kvmclock.c and the like). */
const CLOCK_HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/\bkvm-clock\b/, "KVM"],
  [/\bhyperv_clocksource_/, "Hyper-V"],
  [/\bxen\b/, "Xen"],
];

/** Metal instances of clouds carry the cloud's name in DMI and are no virtual machines. */
const BARE_METAL_PRODUCT = /\.metal(-|$)|bare ?metal/i;

type Virtualization = { virtualization: Known<"physical" | "virtual">; hypervisor: Known<string> };

const virtual = (hypervisor: string): Virtualization => ({
  virtualization: known("virtual"),
  hypervisor: known(hypervisor),
});
const physical = (): Virtualization => ({
  virtualization: known("physical"),
  hypervisor: unknown("not_offered", "a physical machine has none above it"),
});

/** Decides by what is proven, and says unknown where nothing proves either. */
export function decideVirtualization(marks: VirtualizationMarks): Virtualization {
  if (marks.xenCapabilities?.includes("control_d")) return physical();
  if (marks.hypervisorType) return virtual(marks.hypervisorType === "xen" ? "Xen" : marks.hypervisorType);
  const hasFlag = marks.cpuFlags?.split(/\s+/).includes("hypervisor") ?? false;
  if (!hasFlag && BARE_METAL_PRODUCT.test(marks.dmiProduct ?? "")) return physical();
  const named = nameFromFirmware(marks);
  if (named) return virtual(named);
  if (marks.deviceTreeHypervisor) {
    return virtual(/kvm/.test(marks.deviceTreeHypervisor) ? "KVM" : marks.deviceTreeHypervisor);
  }
  if (hasFlag) {
    const byClock = CLOCK_HYPERVISORS.find(([pattern]) => pattern.test(marks.clocks ?? ""))?.[1];
    if (byClock) return virtual(byClock);
    return {
      virtualization: known("virtual"),
      hypervisor: unknown("not_offered", "the processor says that there is a hypervisor; nothing says which"),
    };
  }
  // A maker's name, and a processor that would tell of a hypervisor: that is a machine one can touch.
  if (marks.dmiVendor && marks.cpuFlags !== null) return physical();
  // Boards are described by a device tree; IBM describes partitions of a machine in the same way.
  if (marks.deviceTreeModel && !/^ibm/i.test(marks.deviceTreeModel)) return physical();
  const reason = unknown(
    "not_offered",
    marks.dmiVendor
      ? `DMI says ${marks.dmiVendor}; processors of this kind do not tell whether there is a hypervisor`
      : "neither DMI, device tree, processor flags nor /sys/hypervisor tell",
  );
  return { virtualization: reason, hypervisor: reason };
}

function nameFromFirmware(marks: VirtualizationMarks): string | null {
  const { dmiVendor, dmiProduct, dmiBiosVendor, deviceTreeModel } = marks;
  // Microsoft and Apple build both machines and hypervisors: the product decides.
  if (/microsoft/i.test(dmiVendor ?? "") && /virtual machine/i.test(dmiProduct ?? "")) return "Hyper-V";
  const texts = [dmiProduct, dmiVendor, dmiBiosVendor, deviceTreeModel].filter((text) => text !== null);
  return FIRMWARE_HYPERVISORS.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1] ?? null;
}

export async function collectVirtualization({ sys, proc }: HostRoots): Promise<Virtualization> {
  const dmi = join(sys, "class/dmi/id");
  const cpuinfo = await findText(proc, "cpuinfo");
  return decideVirtualization({
    dmiVendor: await findText(dmi, "sys_vendor"),
    dmiProduct: await findText(dmi, "product_name"),
    dmiBiosVendor: await findText(dmi, "bios_vendor"),
    hypervisorType: await findText(sys, "hypervisor/type"),
    xenCapabilities: await findText(proc, "xen/capabilities"),
    cpuFlags: /^flags\s*:(.+)$/m.exec(cpuinfo ?? "")?.[1] ?? null,
    deviceTreeHypervisor: await findText(proc, "device-tree/hypervisor/compatible"),
    deviceTreeModel: await findText(proc, "device-tree/model"),
    clocks: await findText(sys, "devices/system/clocksource/clocksource0/available_clocksource"),
  });
}

/**
 * Name of the container engine when the agent itself sees the inside of a container; null on a host. Engines leave a
 * mark file, which images of virtual machines keep: it counts only where the root filesystem is no disk.
 */
export async function findContainer({ root, proc }: HostRoots): Promise<string | null> {
  const declared =
    (await findText(root, "run/systemd/container")) ??
    /(?:^|\0)container=([^\0]+)/.exec((await findText(proc, "1/environ")) ?? "")?.[1];
  if (declared) return declared.slice(0, 100);
  const mounts = parseMounts((await findText(proc, "self/mountinfo")) ?? "");
  const isOnDisk = mounts.some((mount) => mount.mountPoint === "/" && mount.device.startsWith("/dev/"));
  if (isOnDisk || root !== "/") return null;
  if ((await findText(root, ".dockerenv")) !== null) return "docker";
  if ((await findText(root, "run/.containerenv")) !== null) return "podman";
  const hasServiceAccount = "value" in (await listNames(join(root, "run/secrets/kubernetes.io"), "service account"));
  return hasServiceAccount ? "kubernetes" : null;
}
