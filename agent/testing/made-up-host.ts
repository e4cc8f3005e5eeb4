import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { HostRoots } from "@/agent/host-roots";

export type MadeUpHost = {
  roots: HostRoots;
  /** Writes or overwrites files, by their path from the host's root. */
  write: (files: Record<string, string>) => void;
  /** Makes a link; `target` is relative to the link's folder, as in sysfs. */
  link: (path: string, target: string) => void;
  delete: (path: string) => void;
};

/**
 * A host made of files in a temporary folder of its own, gone after the test: `proc/stat`, `sys/class/net/eth0/type`,
 * `etc/os-release`.
 */
export function makeHost(files: Record<string, string> = {}): MadeUpHost {
  const folder = mkdtempSync(join(tmpdir(), "fernblick-host-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  const write = (content: Record<string, string>) => {
    for (const [path, text] of Object.entries(content)) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
    }
  };
  for (const name of ["proc", "sys", "etc"]) mkdirSync(at(name));
  write(files);
  return {
    roots: { proc: at("proc"), sys: at("sys"), etc: at("etc"), root: folder },
    write,
    link: (path, target) => {
      mkdirSync(dirname(at(path)), { recursive: true });
      symlinkSync(target, at(path));
    },
    delete: (path) => rmSync(at(path), { recursive: true }),
  };
}
