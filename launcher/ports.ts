import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/**
 * Makes sure that we can listen on `port` of `address`, and that no other program answers for `localhost` there.
 *
 * @throws Error in one line that names the variable to set, and the program that holds the port where we can see it
 */
export async function requireFreePort(variable: string, port: number, address: string): Promise<void> {
  // A browser tries ::1 first for "localhost": somebody else there would be shown instead of us.
  for (const host of new Set([address, "127.0.0.1", "::1"])) {
    const fault = await findListenFault(port, host);
    if (fault === "EADDRINUSE") {
      throw new Error(
        `Port ${port} is in use (${findPortHolder(port) ?? "by another program"}): set ${variable} to a free port`,
      );
    }
    if (host !== address || fault === null) continue;
    if (fault === "EACCES")
      throw new Error(`Port ${port} may not be opened by this user: set ${variable} to 1024 or more`);
    throw new Error(
      `Cannot listen on ${address} port ${port} (${fault}): set FERNBLICK_BIND to an address of this machine`,
    );
  }
}

/** The error code of listening there, null when it works. */
function findListenFault(port: number, host: string): Promise<string | null> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => done(null)));
  });
}

/** For example `by node, process 4711`; null where it cannot be seen (other user, no /proc). */
function findPortHolder(port: number): string | null {
  try {
    const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listListenerInodes(file, port)));
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (listSocketInodes(pid).some((inode) => inodes.has(inode))) {
        // A program may have put more than its name there, cut to 15 characters.
        const [name] = readFileSync(`/proc/${pid}/comm`, "utf8").trim().split(" ");
        return `by ${name}, process ${pid}`;
      }
    }
  } catch {
    // No /proc.
  }
  return null;
}

/** Columns of /proc/net/tcp (proc_net_tcp.txt of the kernel): 1 local address, 3 state (0A = listening), 9 inode. */
function listListenerInodes(file: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hexPort}`) && columns[3] === "0A")
    .map((columns) => columns[9] ?? "");
}

function listSocketInodes(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
