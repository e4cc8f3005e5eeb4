import { describe, expect, test } from "vitest";
import { makeHost } from "@/agent/testing/made-up-host";
import { collectDisks, parseDiskstats } from "./disks";
import { collectGpus, gpuName } from "./gpus";
import { collectInterfaces, type InterfaceMarks, interfaceKind, parseLink, parseSpeed } from "./interfaces";
import { collectTemperatures, toCelsius } from "./temperatures";

const DISKSTATS = `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 219516 50290 12995818 87714 39355 81977 6547856 28695 0 23004 118042 16857 37 1345288 1222 10059 409
   8       0 sda 10 0 20 5 3 0 4 1 0 6 7
   8       1 sda1 9 0 18 5 3 0 4 1 0 6 7
   9       0 md0 1 0 2 0 1 0 2 0 0 0 0
 253       0 zram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`;

describe("disks", () => {
  test("sectors are 512 bytes whatever the device, busy time is in milliseconds", () => {
    expect(parseDiskstats(DISKSTATS).get("vda")).toEqual({
      readOperations: { value: { raw: 219_516n, perUnit: 1 } },
      readBytes: { value: { raw: 12_995_818n * 512n, perUnit: 1 } },
      writeOperations: { value: { raw: 39_355n, perUnit: 1 } },
      writtenBytes: { value: { raw: 6_547_856n * 512n, perUnit: 1 } },
      busySeconds: { value: { raw: 23_004n, perUnit: 1000 } },
    });
  });

  test("whole devices only; no memory, image, partition, empty reader or hidden path; RAID and mapped are kinds", async () => {
    const host = makeHost({
      "proc/diskstats": DISKSTATS,
      ...Object.fromEntries(
        ["loop0", "zram0", "ram0", "sr0", "vda", "sda", "md0", "dm-0", "nvme0c0n1", "mmcblk0boot0"].map((name) => [
          `sys/block/${name}/size`,
          "2048\n",
        ]),
      ),
      "sys/block/sdb/size": "0\n",
      "sys/block/nvme0c0n1/hidden": "1\n",
      "sys/block/dm-0/dm/name": "vg0-root\n",
      "sys/block/sda/device/model": "Samsung SSD 870  \n",
      "sys/block/sda/device/vendor": "ATA     \n",
      "sys/block/sda/queue/rotational": "0\n",
      "sys/block/vda/device/vendor": "0x1af4\n",
      "sys/block/vda/queue/rotational": "1\n",
    });
    const disks = await collectDisks(host.roots);
    expect(disks.map(({ key, attributes }) => [key, attributes])).toEqual([
      ["dm-0", { kind: "mapped", name: "vg0-root" }],
      ["md0", { kind: "raid" }],
      ["sda", { kind: "physical", model: "Samsung SSD 870", vendor: "ATA", medium: "solid state" }],
      ["vda", { kind: "virtual" }],
    ]);
    expect(disks[2]?.gauges.sizeBytes).toEqual({ value: 2048 * 512 });
    expect(disks[0]?.counters.readBytes).toMatchObject({ unknown: { code: "not_offered" } });
  });

  test("a line of another shape is passed over", () => {
    expect(parseDiskstats("8 0 sda x y z\n\n8 0 sdb 1").size).toBe(0);
  });
});

describe("network interfaces", () => {
  const marks = (name: string, more: Partial<InterfaceMarks> = {}): InterfaceMarks => ({
    name,
    hasDevice: false,
    deviceType: null,
    hasBonding: false,
    hasBridge: false,
    isWireless: false,
    hardwareType: "1",
    ...more,
  });

  test.each([
    [marks("lo", { hardwareType: "772" }), null],
    [marks("veth12ab"), null],
    [marks("ifb0"), null],
    [marks("dummy0"), null],
    [marks("tun0", { hardwareType: "65534" }), null],
    [marks("flannel.1", { deviceType: "vxlan" }), null],
    [marks("enp3s0", { hasDevice: true }), "physical"],
    [marks("wlan0", { hasDevice: true, isWireless: true, deviceType: "wlan" }), "wireless"],
    [marks("wwan0", { hasDevice: true, deviceType: "wwan" }), "mobile"],
    [marks("bond0", { hasBonding: true, deviceType: "bond" }), "bond"],
    [marks("docker0", { hasBridge: true, deviceType: "bridge" }), "bridge"],
    [marks("eth0.12", { deviceType: "vlan" }), "vlan"],
    [marks("wg0", { deviceType: "wireguard", hardwareType: "65534" }), "wireguard"],
    [marks("eth0"), "virtual"],
  ])("%j is of kind %s", (interfaceMarks, kind) => {
    expect(interfaceKind(interfaceMarks)).toBe(kind);
  });

  test("a speed of -1, of nothing, or refused is unknown and never nought", () => {
    expect(parseSpeed({ value: "1000" })).toEqual({ value: 1_000_000_000 });
    for (const speed of ["-1", "0", "", "65535", "4294967295", "4294967295x"]) {
      expect(parseSpeed({ value: speed })).toMatchObject({ unknown: { code: "not_offered" } });
    }
    expect(parseSpeed({ unknown: { code: "read_failed", detail: "EINVAL" } })).toMatchObject({
      unknown: { code: "not_offered" },
    });
  });

  test("the link is what the kernel says, and the carrier where the driver does not know", () => {
    expect(parseLink({ value: "up" }, "1")).toEqual({ value: 1 });
    expect(parseLink({ value: "lowerlayerdown" }, null)).toEqual({ value: 0 });
    expect(parseLink({ value: "unknown" }, "1")).toEqual({ value: 1 });
    expect(parseLink({ value: "unknown" }, null)).toMatchObject({ unknown: { code: "not_offered" } });
  });

  test("are read with address, driver and counters; the list of bonds is no interface", async () => {
    const host = makeHost({
      "sys/class/net/bonding_masters": "bond0\n",
      "sys/class/net/eth0/uevent": "INTERFACE=eth0\nIFINDEX=4\n",
      "sys/class/net/eth0/address": "02:fc:00:00:00:01\n",
      "sys/class/net/eth0/operstate": "up\n",
      "sys/class/net/eth0/speed": "-1\n",
      "sys/class/net/eth0/type": "1\n",
      "sys/class/net/eth0/device/vendor": "0x1af4\n",
      "sys/class/net/eth0/statistics/rx_bytes": "1236455136\n",
      "sys/class/net/eth0/statistics/tx_bytes": "2323094\n",
    });
    host.link("sys/class/net/eth0/device/driver", "../../../bus/virtio/drivers/virtio_net");
    expect(await collectInterfaces(host.roots)).toMatchObject({
      value: [
        {
          key: "eth0",
          attributes: { kind: "physical", mac: "02:fc:00:00:00:01", driver: "virtio_net" },
          gauges: { linkUp: { value: 1 }, speedBitsPerSecond: { unknown: { code: "not_offered" } } },
          counters: {
            receivedBytes: { value: { raw: 1_236_455_136n } },
            receivedDrops: { unknown: { code: "not_offered" } },
          },
        },
      ],
    });
  });

  test("a list that cannot be read is unknown, which is not the same as no interface", async () => {
    expect(await collectInterfaces(makeHost().roots)).toMatchObject({ unknown: { code: "not_offered" } });
    expect(await collectInterfaces(makeHost({ "sys/class/net/bonding_masters": "" }).roots)).toEqual({ value: [] });
  });
});

describe("temperatures", () => {
  test("what no part of a computer survives is a code of the chip, not a temperature", () => {
    expect(toCelsius({ value: 45_500n })).toEqual({ value: 45.5 });
    expect(toCelsius({ value: 0n })).toEqual({ value: 0 });
    expect(toCelsius({ value: -128_000n })).toMatchObject({ unknown: { code: "implausible" } });
    expect(toCelsius({ value: 255_000n })).toMatchObject({ unknown: { code: "implausible" } });
  });

  test("come from chips and zones, named by the device so that names survive a reboot, each once", async () => {
    const host = makeHost({
      "sys/devices/platform/coretemp.0/x": "",
      "sys/class/hwmon/hwmon3/name": "coretemp\n",
      "sys/class/hwmon/hwmon3/temp1_input": "51000\n",
      "sys/class/hwmon/hwmon3/temp1_label": "Package id 0\n",
      "sys/class/hwmon/hwmon3/temp1_crit": "100000\n",
      "sys/class/hwmon/hwmon3/temp2_input": "nonsense\n",
      "sys/class/hwmon/hwmon4/name": "acpitz\n",
      "sys/class/hwmon/hwmon4/temp1_input": "27800\n",
      "sys/class/thermal/thermal_zone0/type": "acpitz\n",
      "sys/class/thermal/thermal_zone0/temp": "27800\n",
      "sys/class/thermal/thermal_zone0/trip_point_0_type": "critical\n",
      "sys/class/thermal/thermal_zone0/trip_point_0_temp": "105000\n",
      "sys/class/thermal/thermal_zone1/type": "acpitz\n",
      "sys/class/thermal/thermal_zone1/temp": "29800\n",
      "sys/class/thermal/cooling_device0/type": "Fan\n",
    });
    host.link("sys/class/hwmon/hwmon3/device", "../../../devices/platform/coretemp.0");
    host.link("sys/class/hwmon/hwmon4/device", "../../thermal/thermal_zone0");
    const sensors = await collectTemperatures(host.roots);
    expect(sensors.map(({ key, gauges }) => [key, gauges.temperatureCelsius, gauges.criticalCelsius])).toEqual([
      ["coretemp/coretemp.0/temp1", { value: 51 }, { value: 100 }],
      [
        "coretemp/coretemp.0/temp2",
        { unknown: expect.objectContaining({ code: "implausible" }) },
        { unknown: expect.objectContaining({ code: "not_offered" }) },
      ],
      ["thermal/acpitz", { value: 27.8 }, { value: 105 }],
      ["thermal/acpitz#2", { value: 29.8 }, { unknown: expect.objectContaining({ code: "not_offered" }) }],
    ]);
    expect(sensors[0]?.attributes.label).toBe("coretemp Package id 0");
  });

  test("a machine without sensors has none", async () => {
    expect(await collectTemperatures(makeHost().roots)).toEqual([]);
  });
});

describe("GPUs", () => {
  test("are found by PCI class, display and compute alike, and named so that they can be looked up", async () => {
    const pci = (slot: string, classCode: string, vendor: string, device: string) => ({
      [`sys/bus/pci/devices/${slot}/class`]: `${classCode}\n`,
      [`sys/bus/pci/devices/${slot}/vendor`]: `${vendor}\n`,
      [`sys/bus/pci/devices/${slot}/device`]: `${device}\n`,
    });
    const host = makeHost({
      ...pci("0000:00:02.0", "0x030000", "0x8086", "0x46a6"),
      ...pci("0000:01:00.0", "0x030200", "0x10de", "0x20b0"),
      ...pci("0000:02:00.0", "0x020000", "0x8086", "0x1533"),
    });
    expect(await collectGpus(host.roots)).toEqual({ value: ["Intel 8086:46a6", "NVIDIA 10de:20b0"] });
    expect(gpuName("0xabcd", "0x0001")).toBe("abcd:0001");
  });

  test("an empty bus is a known none, no bus is unknown", async () => {
    const host = makeHost({ "sys/bus/pci/devices/0000:00:00.0/class": "0x060000\n" });
    expect(await collectGpus(host.roots)).toEqual({ value: [] });
    expect(await collectGpus(makeHost().roots)).toEqual({
      unknown: { code: "not_offered", detail: "no PCI bus on this machine" },
    });
  });
});
