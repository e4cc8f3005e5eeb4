import { describe, expect, test } from "vitest";
import { HungThreads } from "@/agent/guarded-reads";
import { makeHost } from "@/agent/testing/made-up-host";
import { countFilesystem, FilesystemCollector, type FilesystemCounts, filesystemGauges } from "./filesystems";
import { parseMounts, selectFilesystems } from "./mounts";

const COUNTS: FilesystemCounts = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 350, files: 200, ffree: 50 };

const MOUNTINFO = `22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys rw,relatime - sysfs sysfs rw
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684092k
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
28 27 254:0 /var/lib/data /srv/data rw,relatime - ext4 /dev/vda rw
29 27 8:17 / /mnt/big\\040disk rw,relatime - xfs /dev/sdb1 rw
30 27 8:17 / /export rw,relatime - xfs /dev/sdb1 rw
31 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
32 27 0:50 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/a
33 27 0:51 / /mnt/nas rw - nfs4 nas:/export rw
34 27 11:0 / /media/cdrom ro - iso9660 /dev/sr0 ro
35 27 8:33 / /boot/efi rw - vfat /dev/sdc1 rw
36 27 0:60 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
`;

const pointsOf = (mountinfo: string) => selectFilesystems(parseMounts(mountinfo)).map(({ mountPoint }) => mountPoint);

describe("which filesystems are real", () => {
  test("no pseudo filesystem, image, container layer or second mount; blanks in names are kept", () => {
    expect(pointsOf(MOUNTINFO)).toEqual(["/", "/boot/efi", "/export", "/mnt/nas"]);
    expect(parseMounts(MOUNTINFO).map(({ mountPoint }) => mountPoint)).toContain("/mnt/big disk");
  });

  test("the whole filesystem is named before a bind mount of a part, however short that is", () => {
    expect(pointsOf("1 0 8:1 /sub /x rw - ext4 /dev/sda1 rw\n2 0 8:1 / /mnt/disk rw - ext4 /dev/sda1 rw")).toEqual([
      "/mnt/disk",
    ]);
  });

  test("the root filesystem stays / when it is a subvolume", () => {
    expect(pointsOf("1 0 0:30 /@ / rw - btrfs /dev/sda2 rw\n2 0 0:30 / /top rw - btrfs /dev/sda2 rw")).toEqual(["/"]);
  });

  test("what a later mount covers is left out", () => {
    expect(pointsOf("1 0 8:1 / /data rw - ext4 /dev/sda1 rw\n2 0 8:2 / /data rw - ext4 /dev/sdb1 rw")).toEqual([
      "/data",
    ]);
    const [mount] = selectFilesystems(
      parseMounts("1 0 8:1 / /data rw - ext4 /dev/sda1 rw\n2 0 8:2 / /data rw - ext4 /dev/sdb1 rw"),
    );
    expect(mount?.device).toBe("/dev/sdb1");
  });

  test("in a container the overlay counts as its root, and the engine's injected files do not count", () => {
    const mountinfo = `1 0 0:99 / / rw - overlay overlay rw
2 1 254:1 /docker/c/hosts /etc/hosts rw - ext4 /dev/vda1 rw
3 1 254:1 /docker/c/hostname /etc/hostname rw - ext4 /dev/vda1 rw`;
    expect(pointsOf(mountinfo)).toEqual(["/"]);
  });

  test("a torn line is passed over", () => {
    expect(pointsOf("27 1 254:0 / / rw,rel\n27 1 254:0 / / rw - ext4 /dev/vda rw")).toEqual(["/"]);
  });
});

describe("figures of a filesystem", () => {
  test("used is what is not free, available is what is left to users", () => {
    expect(filesystemGauges(COUNTS)).toEqual({
      sizeBytes: { value: 4_096_000 },
      usedBytes: { value: 600 * 4096 },
      availableBytes: { value: 350 * 4096 },
      inodesTotal: { value: 200 },
      inodesFree: { value: 50 },
    });
  });

  test("blocks are counted in fragments where the filesystem has a larger transfer size", () => {
    expect(filesystemGauges({ ...COUNTS, bsize: 131_072, frsize: 4096 })).toEqual(filesystemGauges(COUNTS));
  });

  test("without fixed inodes they are unknown, and without a size everything is", () => {
    expect(filesystemGauges({ ...COUNTS, files: 0, ffree: 0 })).toMatchObject({
      sizeBytes: { value: 4_096_000 },
      inodesFree: { unknown: { code: "not_offered" } },
    });
    expect(filesystemGauges({ ...COUNTS, blocks: 0 })).toMatchObject({
      usedBytes: { unknown: { code: "not_offered" } },
    });
  });
});

describe("a mount that hangs", () => {
  const mounted = (count: number) =>
    makeHost({
      "proc/self/mountinfo": [
        "27 1 254:0 / / rw - ext4 /dev/vda rw",
        ...Array.from({ length: count }, (_, n) => `3${n} 27 0:5${n} / /mnt/nas${n} rw - nfs4 nas:/${n} rw`),
      ].join("\n"),
    });

  test("is unknown after the guard time, and the others are read", async () => {
    const collector = new FilesystemCollector(
      (path) => (path.includes("nas") ? new Promise(() => {}) : Promise.resolve(COUNTS)),
      20,
      new HungThreads(),
    );
    const [root, nas] = await collector.collect(mounted(1).roots);
    expect(root?.gauges.sizeBytes).toEqual({ value: 4_096_000 });
    expect(nas?.gauges.sizeBytes).toMatchObject({
      unknown: { code: "read_failed", detail: expect.stringContaining("did not answer") },
    });
    expect(collector.hungCount).toBe(1);
  });

  test("is not asked again while the question is open, and is when it has come back", async () => {
    let asked = 0;
    let answer: (counts: FilesystemCounts) => void = () => {};
    const collector = new FilesystemCollector(
      (path) => {
        if (!path.includes("nas")) return Promise.resolve(COUNTS);
        asked += 1;
        if (asked > 1) return Promise.resolve(COUNTS);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
      20,
      new HungThreads(),
    );
    const { roots } = mounted(1);
    await collector.collect(roots);
    await collector.collect(roots);
    expect(asked).toBe(1);
    answer(COUNTS);
    const [, nas] = await collector.collect(roots);
    expect(asked).toBe(2);
    expect(nas?.gauges.sizeBytes).toEqual({ value: 4_096_000 });
    expect(collector.hungCount).toBe(0);
  });

  test("after two hung file servers no third is asked, so that threads are left for the disk", async () => {
    const asked: string[] = [];
    const collector = new FilesystemCollector(
      (path) => {
        asked.push(path);
        return path.includes("nas") ? new Promise(() => {}) : Promise.resolve(COUNTS);
      },
      20,
      new HungThreads(),
    );
    const { roots } = mounted(4);
    const readings = await collector.collect(roots);
    expect(asked.filter((path) => path.includes("nas"))).toHaveLength(2);
    expect(collector.hungCount).toBe(2);
    expect(readings).toHaveLength(5);
    expect(readings[0]?.gauges.sizeBytes).toEqual({ value: 4_096_000 });
    expect(readings[4]?.gauges.sizeBytes).toMatchObject({ unknown: { detail: expect.stringContaining("not asked") } });
  });

  test("a mount of the host that is not visible below another root is unknown, not the figures of the disk above", async () => {
    const host = makeHost({
      "proc/self/mountinfo": "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /data rw - ext4 /dev/b rw",
      "data/file": "",
    });
    const [root, hidden] = await new FilesystemCollector().collect(host.roots);
    expect(root?.gauges.sizeBytes).toHaveProperty("value");
    expect(hidden?.gauges.sizeBytes).toMatchObject({
      unknown: { code: "read_failed", detail: expect.stringContaining("not visible below --root") },
    });
    expect(await countFilesystem("/proc", "/")).toHaveProperty("bsize");
  });

  test("an error of the kernel is told with its code", async () => {
    const stale = Object.assign(new Error("stale"), { code: "ESTALE" });
    const collector = new FilesystemCollector(() => Promise.reject(stale));
    const [root] = await collector.collect(mounted(0).roots);
    expect(root?.gauges.sizeBytes).toEqual({ unknown: { code: "read_failed", detail: "filesystem at /: ESTALE" } });
  });
});
