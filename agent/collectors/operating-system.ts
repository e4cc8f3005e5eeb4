import { arch, hostname, machine } from "node:os";
import { join } from "node:path";
import { findText, type HostRoots, type Known, known, readText, unknown } from "@/agent/host-roots";
import { parseBootSeconds } from "./cpu";

type OperatingSystem = Record<
  "hostname" | "operatingSystem" | "kernelVersion" | "architecture" | "bootId" | "bootedAt",
  Known<string>
>;

/** The distribution's own name for itself (os-release(5)). */
export function parseOsRelease(text: string): Known<string> {
  const field = (name: string) => new RegExp(`^${name}=["']?(.*?)["']?$`, "m").exec(text)?.[1]?.trim();
  const name = field("PRETTY_NAME") || [field("NAME"), field("VERSION_ID")].filter(Boolean).join(" ");
  return name ? known(name) : unknown("not_offered", "os-release names no system");
}

/** Seconds by which the boot time may seem to move: the kernel derives it from a clock that is being set right. */
const BOOT_TIME_JITTER_SECONDS = 30;

/** Boot time of one boot, kept still while the clock is trimmed, moved when the clock was plainly wrong. */
export class BootTime {
  #kept: { bootId: string; seconds: number } | null = null;

  /** ISO time of the boot `bootId`, of which the kernel now says that it began at `seconds` since 1970. */
  settle(bootId: string, seconds: number): string {
    const isSame = this.#kept?.bootId === bootId && Math.abs(this.#kept.seconds - seconds) <= BOOT_TIME_JITTER_SECONDS;
    if (!this.#kept || !isSame) this.#kept = { bootId, seconds };
    return new Date(this.#kept.seconds * 1000).toISOString();
  }
}

export async function collectOperatingSystem(roots: HostRoots, bootTime: BootTime): Promise<OperatingSystem> {
  const { etc, proc, root } = roots;
  const release = await readText(join(etc, "os-release"), "os-release");
  const fallback = "value" in release ? release : await readText(join(root, "usr/lib/os-release"), "os-release");
  const bootId = await readText(join(proc, "sys/kernel/random/boot_id"), "boot id");
  const stat = await readText(join(proc, "stat"), "/proc/stat");
  const booted = "value" in stat ? parseBootSeconds(stat.value) : stat;
  return {
    hostname: known(await readHostname(roots)),
    operatingSystem: "value" in fallback ? parseOsRelease(fallback.value) : fallback,
    kernelVersion: await readText(join(proc, "sys/kernel/osrelease"), "kernel version"),
    architecture: known(machine() || arch()),
    bootId,
    bootedAt: "value" in booted ? known(bootTime.settle("value" in bootId ? bootId.value : "", booted.value)) : booted,
  };
}

/** In a container the kernel tells the container's name; the host's stands in the host's own file. */
export async function readHostname({ etc, root }: HostRoots): Promise<string> {
  const ofHost = root === "/" ? null : await findText(etc, "hostname");
  return ofHost || hostname();
}
