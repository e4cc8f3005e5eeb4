import { describe, expect, test } from "vitest";
import { reasonFor } from "@/agent/host-roots";
import { makeHost } from "@/agent/testing/made-up-host";
import { checkMachineId, checkText, checkUuid, collectIdentity } from "./identity";
import { BootTime, collectOperatingSystem, parseOsRelease } from "./operating-system";
import { collectProcessors, countPlaces, parseCpuList, parseCpuModel } from "./processors";
import { decideVirtualization, findContainer, type VirtualizationMarks } from "./virtualization";

describe("identity", () => {
  test.each([
    "To be filled by O.E.M.",
    "Not Specified",
    "Default string",
    "  ",
    "00000000",
    "System Serial Number",
    "None",
    "XXXX-XXXX",
    "0123456789",
    ".......",
  ])("the maker's placeholder %j is implausible, not a serial number", (text) => {
    expect(checkText(text)).toMatchObject({ unknown: { code: "implausible" } });
  });

  test.each(["CZJ1234567", "VMware-56 4d 1a", "PowerEdge R740", "5CG"])("%j is taken as it is", (text) => {
    expect(checkText(` ${text} `)).toEqual({ value: text });
  });

  test.each([
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "03000200-0400-0500-0006-000700080009",
    "Not Settable",
    "",
  ])("the UUID %j is shared by many machines or none at all: implausible", (uuid) => {
    expect(checkUuid(uuid)).toMatchObject({ unknown: { code: "implausible" } });
  });

  test("a real UUID is written one way", () => {
    expect(checkUuid("4C4C4544-0042-4D10-8052-B4C04F4E3333\n")).toEqual({
      value: "4c4c4544-0042-4d10-8052-b4c04f4e3333",
    });
  });

  test("a machine-id that was not made yet is implausible", () => {
    expect(checkMachineId("uninitialized")).toMatchObject({ unknown: { code: "implausible" } });
    expect(checkMachineId("3d1219c7c4c5404aaa1f6d2a48adfda4")).toEqual({ value: "3d1219c7c4c5404aaa1f6d2a48adfda4" });
  });

  test("a file for root only is not permitted, which is not the same as not there", () => {
    const refusal = Object.assign(new Error("no"), { code: "EACCES" });
    expect(reasonFor(refusal, "system UUID")).toEqual({
      unknown: { code: "not_permitted", detail: "system UUID may be read by root only (EACCES)" },
    });
    expect(reasonFor(Object.assign(new Error("io"), { code: "EIO" }), "x")).toMatchObject({
      unknown: { code: "read_failed" },
    });
  });

  test("comes from DMI on a server and from the device tree on a board", async () => {
    const server = makeHost({
      "sys/class/dmi/id/sys_vendor": "Dell Inc.\n",
      "sys/class/dmi/id/product_name": "PowerEdge R740\n",
      "sys/class/dmi/id/product_uuid": "4c4c4544-0042-4d10-8052-b4c04f4e3333\n",
      "sys/class/dmi/id/product_serial": "To be filled by O.E.M.\n",
      "etc/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
    });
    expect(await collectIdentity(server.roots)).toMatchObject({
      systemVendor: { value: "Dell Inc." },
      systemUuid: { value: "4c4c4544-0042-4d10-8052-b4c04f4e3333" },
      systemSerial: { unknown: { code: "implausible" } },
      machineId: { value: "3d1219c7c4c5404aaa1f6d2a48adfda4" },
    });
    const board = makeHost({
      "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
      "proc/device-tree/serial-number": "10000000abcdef01\0",
      "etc/machine-id": "\n",
      "var/lib/dbus/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
    });
    expect(await collectIdentity(board.roots)).toMatchObject({
      systemProduct: { value: "Raspberry Pi 4 Model B Rev 1.4" },
      systemSerial: { value: "10000000abcdef01" },
      systemUuid: { unknown: { code: "not_offered" } },
      machineId: { value: "3d1219c7c4c5404aaa1f6d2a48adfda4" },
    });
  });
});

describe("the id that a provider gave", () => {
  const cloudInit = (cloud_name: string, instance_id: string) => ({
    "run/cloud-init/instance-data.json": JSON.stringify({ base64_encoded_keys: [], v1: { cloud_name, instance_id } }),
  });
  const idOf = async (files: Record<string, string>) => (await collectIdentity(makeHost(files).roots)).providerId;

  test("is read from the firmware where the provider writes it there", async () => {
    const dmi = (vendor: string, file: string, text: string) => ({
      "sys/class/dmi/id/sys_vendor": `${vendor}\n`,
      [`sys/class/dmi/id/${file}`]: `${text}\n`,
    });
    expect(await idOf(dmi("Amazon EC2", "board_asset_tag", "i-0A1b2c3d4e5f60718"))).toEqual({
      value: "aws:i-0a1b2c3d4e5f60718",
    });
    expect(await idOf(dmi("Hetzner", "product_serial", "48213377"))).toEqual({ value: "hetzner:48213377" });
    expect(await idOf(dmi("Dell Inc.", "product_serial", "48213377"))).toMatchObject({
      unknown: { code: "not_offered" },
    });
  });

  test("is read from what cloud-init leaves, and the id of every machine without a cloud is none", async () => {
    expect(await idOf(cloudInit("openstack", "1F7C8D90-0000-4a4a-8b8b-123456789abc"))).toEqual({
      value: "openstack:1f7c8d90-0000-4a4a-8b8b-123456789abc",
    });
    expect(await idOf(cloudInit("nocloud", "iid-local01"))).toMatchObject({ unknown: { code: "implausible" } });
    expect(await idOf({ "run/cloud-init/instance-data.json": "{" })).toMatchObject({
      unknown: { code: "implausible" },
    });
  });
});

describe("virtual or physical", () => {
  const NOTHING: VirtualizationMarks = {
    dmiVendor: null,
    dmiProduct: null,
    dmiBiosVendor: null,
    hypervisorType: null,
    xenCapabilities: null,
    cpuFlags: null,
    deviceTreeHypervisor: null,
    deviceTreeModel: null,
    clocks: null,
  };
  const dmi = (dmiVendor: string, dmiProduct: string, cpuFlags = "fpu hypervisor") => ({
    dmiVendor,
    dmiProduct,
    cpuFlags,
  });

  test.each([
    [dmi("QEMU", "Standard PC (Q35 + ICH9, 2009)"), "virtual", "KVM/QEMU"],
    [dmi("VMware, Inc.", "VMware Virtual Platform"), "virtual", "VMware"],
    [dmi("innotek GmbH", "VirtualBox"), "virtual", "VirtualBox"],
    [dmi("Microsoft Corporation", "Virtual Machine"), "virtual", "Hyper-V"],
    [dmi("Microsoft Corporation", "Surface Pro 9", "fpu"), "physical", undefined],
    [dmi("Amazon EC2", "m5.large"), "virtual", "AWS Nitro"],
    [dmi("Amazon EC2", "m5.metal", "fpu"), "physical", undefined],
    [dmi("Google", "Google Compute Engine"), "virtual", "Google Compute Engine (KVM)"],
    [dmi("Hetzner", "vServer"), "virtual", "Hetzner Cloud (KVM)"],
    [dmi("Xen", "HVM domU"), "virtual", "Xen"],
    [dmi("Dell Inc.", "PowerEdge R740", "fpu vme"), "physical", undefined],
    [{ cpuFlags: "fpu hypervisor" }, "virtual", undefined],
    [{ cpuFlags: "fpu hypervisor", clocks: "tsc kvm-clock" }, "virtual", "KVM"],
    [{ cpuFlags: "fpu hypervisor", clocks: "hyperv_clocksource_tsc_page acpi_pm" }, "virtual", "Hyper-V"],
    [{ hypervisorType: "xen" }, "virtual", "Xen"],
    [{ hypervisorType: "xen", xenCapabilities: "control_d" }, "physical", undefined],
    [{ deviceTreeModel: "Raspberry Pi 4 Model B" }, "physical", undefined],
    [{ deviceTreeModel: "linux,dummy-virt", deviceTreeHypervisor: "linux,kvm" }, "virtual", "KVM/QEMU"],
    [{ deviceTreeModel: "linux,dummy-virt" }, "virtual", "KVM/QEMU"],
    [{ deviceTreeModel: "some board", deviceTreeHypervisor: "linux,kvm" }, "virtual", "KVM"],
    [{ deviceTreeModel: "IBM pSeries (emulated by qemu)" }, "virtual", "KVM/QEMU"],
    [{ dmiVendor: "Scaleway", dmiProduct: "SCW-AMP2", dmiBiosVendor: "EDK II / OVMF" }, "virtual", "KVM/QEMU"],
  ] as [Partial<VirtualizationMarks>, string, string | undefined][])(
    "%j is %s under %s",
    (marks, expected, hypervisor) => {
      const decided = decideVirtualization({ ...NOTHING, ...marks });
      expect(decided.virtualization).toEqual({ value: expected });
      expect("value" in decided.hypervisor ? decided.hypervisor.value : undefined).toBe(hypervisor);
    },
  );

  test.each([
    [{ cpuFlags: "fpu vme" }, "neither DMI"],
    [{ dmiVendor: "Example Cloud", dmiProduct: "arm64-small" }, "DMI says Example Cloud"],
    [{ deviceTreeModel: "IBM,9009-42A" }, "neither DMI"],
  ] as [Partial<VirtualizationMarks>, string][])("%j proves neither: unknown, not physical", (marks, detail) => {
    expect(decideVirtualization({ ...NOTHING, ...marks }).virtualization).toEqual({
      unknown: { code: "not_offered", detail: expect.stringContaining(detail) },
    });
  });

  test("a container is told by its engine", async () => {
    const host = makeHost({ "run/systemd/container": "systemd-nspawn\n" });
    expect(await findContainer(host.roots)).toBe("systemd-nspawn");
    expect(await findContainer(makeHost({ "proc/1/environ": "PATH=/bin\0container=podman\0" }).roots)).toBe("podman");
  });

  test("the mark that an image of a virtual machine carries along makes no container", async () => {
    const host = makeHost({ ".dockerenv": "", "proc/self/mountinfo": "27 1 254:0 / / rw - ext4 /dev/vda rw" });
    expect(await findContainer(host.roots)).toBeNull();
  });
});

describe("processors", () => {
  const cpu = (id: number, packageId: number, siblings: string) => ({
    [`sys/devices/system/cpu/cpu${id}/topology/physical_package_id`]: `${packageId}\n`,
    [`sys/devices/system/cpu/cpu${id}/topology/core_cpus_list`]: `${siblings}\n`,
  });

  test("two sockets of two cores with two threads are 2, 4 and 8; what is offline is not counted", async () => {
    const host = makeHost({
      "proc/cpuinfo": "processor\t: 0\nmodel name\t: Intel(R) Xeon(R)  Gold 6130\n",
      "sys/devices/system/cpu/online": "0-7\n",
      ...cpu(0, 0, "0,4"),
      ...cpu(4, 0, "0,4"),
      ...cpu(1, 0, "1,5"),
      ...cpu(5, 0, "1,5"),
      ...cpu(2, 1, "2,6"),
      ...cpu(6, 1, "2,6"),
      ...cpu(3, 1, "3,7"),
      ...cpu(7, 1, "3,7"),
      ...cpu(8, 2, "8"),
    });
    expect(await collectProcessors(host.roots)).toEqual({
      cpuModel: { value: "Intel(R) Xeon(R) Gold 6130" },
      sockets: { value: 2 },
      coresPhysical: { value: 4 },
      coresLogical: { value: 8 },
    });
  });

  test("a board that gives -1 as its package leaves the sockets unknown", () => {
    expect(countPlaces([{ packageId: "-1", siblings: "0" }])).toMatchObject({
      sockets: { unknown: { code: "not_offered" } },
      coresPhysical: { value: 1 },
    });
  });

  test("lists, models and their absence", () => {
    expect(parseCpuList("0-2,5")).toEqual([0, 1, 2, 5]);
    expect(parseCpuList("")).toBeNull();
    expect(parseCpuModel("CPU implementer\t: 0x41\nCPU part\t: 0xd08\n")).toEqual({
      value: "ARM implementer 0x41, part 0xd08",
    });
    expect(parseCpuModel("processor : 0")).toMatchObject({ unknown: { code: "not_offered" } });
  });

  test("without sysfs the processors are counted in /proc/cpuinfo", async () => {
    const host = makeHost({ "proc/cpuinfo": "processor\t: 0\n\nprocessor\t: 1\n" });
    expect(await collectProcessors(host.roots)).toMatchObject({
      coresLogical: { value: 2 },
      sockets: { unknown: { code: "not_offered" } },
    });
  });
});

describe("operating system", () => {
  test("is called what it calls itself", () => {
    expect(parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"')).toEqual({
      value: "Debian GNU/Linux 12 (bookworm)",
    });
    expect(parseOsRelease("NAME=Alpine\nVERSION_ID=3.20")).toEqual({ value: "Alpine 3.20" });
    expect(parseOsRelease("")).toMatchObject({ unknown: { code: "not_offered" } });
  });

  test("the boot time stands still while the clock is trimmed, and moves when it was plainly wrong", () => {
    const bootTime = new BootTime();
    const first = bootTime.settle("a", 1_795_391_966);
    expect(bootTime.settle("a", 1_795_391_968)).toBe(first);
    expect(bootTime.settle("a", 1_795_399_999)).not.toBe(first);
    expect(bootTime.settle("b", 1_795_399_998)).toBe("2026-11-23T02:13:18.000Z");
  });

  test("below another root the host's own name and release are told, not the container's", async () => {
    const host = makeHost({ "etc/hostname": "edge-17\n", "usr/lib/os-release": "PRETTY_NAME=Flatcar\n" });
    expect(await collectOperatingSystem(host.roots, new BootTime())).toMatchObject({
      hostname: { value: "edge-17" },
      operatingSystem: { value: "Flatcar" },
      bootId: { unknown: { code: "not_offered" } },
    });
  });
});
