import { existsSync, readFileSync, renameSync } from "node:fs";

/** Keeps the log of the start before as `<file>.1`. */
export function rotateLog(logFile: string): void {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
}

/** The whole log of this start; empty when there is none. */
export function readLog(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, "utf8") : "";
}

/** The last line that says something, the complaint (FATAL, PANIC, ERROR, initdb: error) before anything else. */
export function lastLogLine(logFile: string): string {
  const lines = readLog(logFile)
    .split("\n")
    // Without the stamp and pid that log_line_prefix puts in front.
    .map((line) => line.replace(/^\S+ \S+ UTC \[\d+\]\s+/, "").trim())
    .filter(Boolean);
  return lines.findLast((line) => /\b(FATAL|PANIC|ERROR|error):/.test(line)) ?? lines.at(-1) ?? "the log is empty";
}

/** Why a program of Postgres (or a file operation of ours) failed, in words a person can act on. */
export function describeFault(fault: number | unknown, lastLine: string): string {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  const text = `${code} ${lastLine}`;
  if (/ENOSPC|EDQUOT|No space left|Disk quota exceeded/.test(text)) return `the disk is full${quote(lastLine)}`;
  if (/EROFS|Read-only file system/.test(text)) return `the file system is read-only${quote(lastLine)}`;
  if (/EACCES|EPERM|Permission denied|Operation not permitted/.test(text)) {
    const where = fault instanceof Error && "path" in fault ? ` at ${String(fault.path)}` : "";
    return `permission denied${where}${quote(lastLine)}`;
  }
  // A program that is there but whose loader is not: musl (Alpine) instead of glibc.
  if (code === "ENOENT") return "its program cannot be started here (it needs glibc): set DATABASE_URL";
  if (fault instanceof Error) return `${fault.message}${quote(lastLine)}`;
  return lastLine;
}

function quote(line: string): string {
  return line === "" ? "" : ` (${line})`;
}
