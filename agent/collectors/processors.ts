import { join } from "node:path";
import { findText, type HostRoots, type Known, known, readText, unknown } from "@/agent/host-roots";

type Processors = {
  cpuModel: Known<string>;
  sockets: Known<number>;
  coresPhysical: Known<number>;
  coresLogical: Known<number>;
};

/** Where one logical processor sits. */
type CpuPlace = { packageId: string | null; siblings: string | null };

/** Reads a list such as `0-3,8` (kernel documentation, admin-guide/cputopology); null when it is none. */
export function parseCpuList(text: string): number[] | null {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return null;
  return text.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

/** Distinct packages and distinct groups of sibling threads; unknown as soon as one processor does not tell. */
export function countPlaces(places: readonly CpuPlace[]): Pick<Processors, "sockets" | "coresPhysical"> {
  const count = (values: (string | null)[], what: string): Known<number> =>
    values.length === 0 || values.some((value) => value === null || value.startsWith("-"))
      ? unknown("not_offered", `the kernel does not tell ${what}`)
      : known(new Set(values).size);
  return {
    sockets: count(
      places.map((place) => place.packageId),
      "the package of each processor",
    ),
    coresPhysical: count(
      places.map((place) => place.siblings),
      "the threads of each core",
    ),
  };
}

/** Model name out of `/proc/cpuinfo`; ARM gives numbers instead of a name, which are told as they are. */
export function parseCpuModel(cpuinfo: string): Known<string> {
  const field = (name: string) => new RegExp(`^${name}\\s*:\\s*(.+)$`, "m").exec(cpuinfo)?.[1]?.trim();
  const name = field("model name") ?? field("cpu model") ?? field("Processor");
  if (name) return known(name.replaceAll(/\s+/g, " "));
  const implementer = field("CPU implementer");
  const part = field("CPU part");
  if (implementer && part) return known(`ARM implementer ${implementer}, part ${part}`);
  return unknown("not_offered", "/proc/cpuinfo names no model");
}

export async function collectProcessors({ proc, sys }: HostRoots): Promise<Processors> {
  const cpuinfo = await readText(join(proc, "cpuinfo"), "/proc/cpuinfo");
  const cpuModel = "value" in cpuinfo ? parseCpuModel(cpuinfo.value) : cpuinfo;
  const folder = join(sys, "devices/system/cpu");
  const online = parseCpuList((await findText(folder, "online")) ?? "");
  if (!online) {
    const listed = "value" in cpuinfo ? (cpuinfo.value.match(/^processor\s*:/gm)?.length ?? 0) : 0;
    return {
      cpuModel,
      ...countPlaces([]),
      coresLogical: listed > 0 ? known(listed) : unknown("not_offered", "the kernel lists no processors"),
    };
  }
  const places = await Promise.all(
    online.map(async (cpu): Promise<CpuPlace> => {
      const topology = join(folder, `cpu${cpu}`, "topology");
      return {
        packageId: await findText(topology, "physical_package_id"),
        siblings: (await findText(topology, "core_cpus_list")) ?? (await findText(topology, "thread_siblings_list")),
      };
    }),
  );
  return { cpuModel, ...countPlaces(places), coresLogical: known(online.length) };
}
