import type { Disk } from "@/agent/disk";

const ENDING = ".aside";
/** What is set aside is for a person to look at: the last so many are enough. */
const KEPT_MAX = 20;

/**
 * Records of a segment that were set aside alone, and told, while the segment itself still lies there.
 * @param names of all files
 */
export function sequencesAside(names: readonly string[], segment: string): ReadonlySet<number> {
  const beginning = `${segment}.`;
  const own = names.filter((name) => name.startsWith(beginning) && name.endsWith(ENDING));
  return new Set(own.map((name) => Number(name.slice(beginning.length, -ENDING.length))));
}

/**
 * Keeps bytes of the spool out of the way, and no more of them than a person will look at.
 * @param bytes null for those of the file with this name, which is then gone
 * @throws whatever the disk throws
 */
export function keepAside(disk: Disk, name: string, bytes: Uint8Array | null): void {
  if (bytes) disk.write(`${name}${ENDING}`, bytes);
  else disk.rename(name, `${name}${ENDING}`);
  const kept = disk
    .list()
    .filter((file) => file.endsWith(ENDING))
    .sort();
  for (const file of kept.slice(0, -KEPT_MAX)) disk.remove(file);
}
