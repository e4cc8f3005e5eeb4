/** One line of `mountinfo` (proc_pid_mountinfo(5)). */
export type Mount = {
  /** `major:minor`: the same for all mounts of one filesystem. */
  deviceNumber: string;
  /** Which folder of the filesystem is mounted; `/` unless it is a bind mount or a subvolume. */
  rootPath: string;
  mountPoint: string;
  type: string;
  device: string;
};

/**
 * Filesystems that hold nothing on a medium, live in memory, or are images that are full by design.
 * Source: node_exporter's default exclusion (collector/filesystem_linux.go), with the memory filesystems added.
 */
const PSEUDO_TYPES = new Set(
  (
    "autofs binder binfmt_misc bpf cgroup cgroup2 configfs cramfs debugfs devpts devtmpfs ecryptfs efivarfs erofs " +
    "fusectl hugetlbfs iso9660 mqueue nsfs proc pstore ramfs rootfs rpc_pipefs securityfs selinuxfs smackfs squashfs " +
    "sysfs tmpfs tracefs udf fuse.lxcfs fuse.gvfsd-fuse fuse.portal fuse.snapfuse fuse.squashfuse fuse.archivemount " +
    "fuse.rootlesskit fuse.fuse-overlayfs fuse.jetbrains-toolbox"
  ).split(" "),
);
const NETWORK_TYPES = /^(nfs|cifs|smb|ceph|9p|afs|gfs|ocfs|glusterfs|lustre|beegfs|fuse\.)/;
/** Files that container engines mount over the image's own: the host's disk, seen through a keyhole. */
const INJECTED_FILES = new Set(["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]);

/** Blanks and the like are written as octal numbers (proc_pid_mountinfo(5)). */
const decodePath = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line): Mount[] => {
    const [before, after] = line.split(" - ");
    const [, , deviceNumber, rootPath, mountPoint] = before?.split(" ") ?? [];
    const [type, device] = after?.split(" ") ?? [];
    if (!deviceNumber || !rootPath || !mountPoint || !type || device === undefined) return [];
    const paths = { rootPath: decodePath(rootPath), mountPoint: decodePath(mountPoint), device: decodePath(device) };
    return [{ deviceNumber, type, ...paths }];
  });
}

/** True where a server far away may leave a question unanswered for ever. */
export const isNetworkMount = (mount: Mount): boolean => NETWORK_TYPES.test(mount.type);

/**
 * The real filesystems, each once: of several mounts of one filesystem `/` is taken, else the whole before a part of
 * it, else the shortest mount point. What is covered by a later mount at the same place cannot be reached and is left out.
 */
export function selectFilesystems(mounts: readonly Mount[]): Mount[] {
  const visible = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const chosen = new Map<string, Mount>();
  for (const mount of visible.values()) {
    if (PSEUDO_TYPES.has(mount.type) || INJECTED_FILES.has(mount.mountPoint)) continue;
    if (mount.type === "overlay" && mount.mountPoint !== "/") continue;
    const rival = chosen.get(mount.deviceNumber);
    if (!rival || rank(mount) < rank(rival)) chosen.set(mount.deviceNumber, mount);
  }
  return [...chosen.values()].sort((a, b) => (a.mountPoint < b.mountPoint ? -1 : 1));
}

/** Smaller is better; mount points are far shorter than the steps. */
function rank({ mountPoint, rootPath }: Mount): number {
  if (mountPoint === "/") return 0;
  return (rootPath === "/" ? 0 : 100_000) + mountPoint.length;
}
