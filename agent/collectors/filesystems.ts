import { stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { attributesOf, type EntityReading, unknownFor } from "@/agent/entity-reading";
import { type HungThreads, hungThreads } from "@/agent/guarded-reads";
import { type HostRoots, type Known, known, readText, reasonFor, unknown } from "@/agent/host-roots";
import { METRIC_SETS } from "@/contract/metrics";
import { isNetworkMount, type Mount, parseMounts, selectFilesystems } from "./mounts";

/** The fields of statfs(2) that are used. */
export type FilesystemCounts = {
  bsize: number;
  /** The unit that blocks are counted in; older Node does not tell it, and mostly it equals `bsize`. */
  frsize?: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
};

/** A local disk answers in microseconds; a mount that needs longer is taken as hung. */
const ANSWER_MILLISECONDS_MAX = 2_000;
/** Each hung question holds one of the four threads that all file access goes through (see `guarded-reads.ts`). */
const HUNG_MOUNTS_MAX = 2;

const READING_NAMES = METRIC_SETS.filesystem.map((metric) => metric.name);

/** Sizes in bytes; a filesystem without fixed inodes (btrfs, vfat) says 0, which means that it does not count them. */
export function filesystemGauges(counts: FilesystemCounts): EntityReading<"filesystem">["gauges"] {
  if (counts.blocks === 0) {
    return unknownFor(READING_NAMES, unknown("not_offered", "this filesystem does not tell its size"));
  }
  const inodes =
    counts.files > 0
      ? { inodesTotal: known(counts.files), inodesFree: known(counts.ffree) }
      : unknownFor(
          ["inodesTotal", "inodesFree"] as const,
          unknown("not_offered", "this filesystem has no fixed number of inodes"),
        );
  const blockBytes = counts.frsize || counts.bsize;
  return {
    sizeBytes: known(counts.blocks * blockBytes),
    usedBytes: known((counts.blocks - counts.bfree) * blockBytes),
    availableBytes: known(counts.bavail * blockBytes),
    ...inodes,
  };
}

/**
 * Reads all real filesystems. Keeps in mind which mounts hang, so that a dead file server costs one thread once, and
 * neither the other filesystems nor the agent wait for it.
 */
export class FilesystemCollector {
  readonly #threads: HungThreads;
  readonly #ask: (path: string, root: string) => Promise<FilesystemCounts>;
  readonly #answerMillisecondsMax: number;

  constructor(
    ask: (path: string, root: string) => Promise<FilesystemCounts> = countFilesystem,
    answerMillisecondsMax = ANSWER_MILLISECONDS_MAX,
    threads = hungThreads,
  ) {
    this.#threads = threads;
    this.#ask = ask;
    this.#answerMillisecondsMax = answerMillisecondsMax;
  }

  /** Questions of the whole process that never came back; it cannot end in the ordinary way while there are any. */
  get hungCount(): number {
    return this.#threads.count;
  }

  async collect(roots: HostRoots): Promise<EntityReading<"filesystem">[]> {
    const mountinfo = await readMountinfo(roots);
    if ("unknown" in mountinfo) return [];
    const mounts = selectFilesystems(parseMounts(mountinfo.value));
    const local = Promise.all(
      mounts.filter((mount) => !isNetworkMount(mount)).map((mount) => this.#read(mount, roots)),
    );
    const remote: EntityReading<"filesystem">[] = [];
    // One after the other: asked all at once, dead servers would hold all threads before the first is known as dead.
    for (const mount of mounts.filter(isNetworkMount)) remote.push(await this.#read(mount, roots));
    return [...(await local), ...remote];
  }

  async #read(mount: Mount, roots: HostRoots): Promise<EntityReading<"filesystem">> {
    const counts = await this.#countsOf(mount, roots.root);
    return {
      kind: "filesystem",
      key: mount.mountPoint.slice(0, 200),
      attributes: attributesOf({ device: mount.device, type: mount.type }),
      gauges: "value" in counts ? filesystemGauges(counts.value) : unknownFor(READING_NAMES, counts),
      counters: {},
    };
  }

  async #countsOf(mount: Mount, root: string): Promise<Known<FilesystemCounts>> {
    const path = join(root, mount.mountPoint);
    if (this.#threads.has(path)) return unknown("read_failed", "the mount still does not answer");
    if (this.#threads.count >= HUNG_MOUNTS_MAX && isNetworkMount(mount)) {
      return unknown("read_failed", `not asked: ${this.#threads.count} others do not answer`);
    }
    const question = this.#ask(path, root).then(known, (error: unknown) =>
      reasonFor(error, `filesystem at ${mount.mountPoint}`),
    );
    const giveUp = new AbortController();
    const patience = delay(this.#answerMillisecondsMax, null, { signal: giveUp.signal }).catch(() => null);
    const answer = await Promise.race([question, patience]);
    giveUp.abort();
    if (answer) return answer;
    this.#threads.hold(path, question);
    return unknown("read_failed", `the mount did not answer within ${this.#answerMillisecondsMax / 1000} s`);
  }
}

/**
 * Asks for a filesystem's counts. Below another root it is made sure that the mount is really there: without mount
 * propagation into the container the folder would be that of the filesystem above, and its figures somebody else's.
 * @throws the error of the file system, or Error when nothing is mounted there
 */
export async function countFilesystem(path: string, root: string): Promise<FilesystemCounts> {
  if (root !== "/" && path !== root && path !== `${root}/`) {
    const [own, above] = await Promise.all([stat(path), stat(dirname(path))]);
    if (own.dev === above.dev) throw new Error("mounted on the host, but not visible below --root (mount propagation)");
  }
  return statfs(path);
}

/** The host's mounts are those of its first process; on the host itself the agent's own are what statfs can reach. */
async function readMountinfo({ proc, root }: HostRoots): Promise<Known<string>> {
  if (root !== "/") {
    const ofHost = await readText(join(proc, "1/mountinfo"), "mountinfo");
    if ("value" in ofHost) return ofHost;
  }
  return readText(join(proc, "self/mountinfo"), "mountinfo");
}
