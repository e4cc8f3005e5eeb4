import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { UnknownReason } from "@/contract/unknown";
import { guardedReads } from "./guarded-reads";

/** Where the host's own trees lie; inside a container they are mounted elsewhere, in tests they are made up. */
export type HostRoots = {
  /** For example `/proc` or `/host/proc`. */
  proc: string;
  sys: string;
  etc: string;
  /** The host's root folder: mount points are looked up below it. */
  root: string;
};

/** A figure, or the reason why there is none. */
export type Known<T> = { value: T } | { unknown: UnknownReason };

export const known = <T>(value: T): { value: T } => ({ value });

/** Longest detail that the wire takes, in characters. */
const DETAIL_LENGTH_MAX = 300;

export const unknown = (code: UnknownReason["code"], detail: string): { unknown: UnknownReason } => ({
  unknown: { code, detail: detail.slice(0, DETAIL_LENGTH_MAX) },
});

/** Codes of the file system that mean "this kernel or machine does not have it". */
const ABSENT_CODES = new Set(["ENOENT", "ENOTDIR", "ENODEV", "ENXIO", "EOPNOTSUPP"]);
const FORBIDDEN_CODES = new Set(["EACCES", "EPERM"]);

/** Turns a failed read into the reason that is reported: absent, not permitted, or failed this time. */
export function reasonFor(error: unknown, what: string): { unknown: UnknownReason } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (ABSENT_CODES.has(code)) return unknown("not_offered", `no ${what} on this machine`);
  if (FORBIDDEN_CODES.has(code)) return unknown("not_permitted", `${what} may be read by root only (${code})`);
  const words = error instanceof Error ? error.message : String(error);
  return unknown("read_failed", `${what}: ${code || words}`);
}

/** Text of a kernel file without the white space and NUL bytes at its end, or why there is none. */
export async function readText(path: string, what: string): Promise<Known<string>> {
  try {
    const text = await guardedReads.ask(path, () => readFile(path, "utf8"));
    return known(text.replace(/[\s\0]+$/, ""));
  } catch (error) {
    return reasonFor(error, what);
  }
}

/** As `readText`, for places where a missing file is an ordinary answer. */
export async function findText(...segments: string[]): Promise<string | null> {
  const text = await readText(join(...segments), "file");
  return "value" in text ? text.value : null;
}

/** A whole number from a kernel file; what is no number is implausible. */
export async function readWhole(path: string, what: string): Promise<Known<bigint>> {
  const text = await readText(path, what);
  if ("unknown" in text) return text;
  return /^-?\d+$/.test(text.value)
    ? known(BigInt(text.value))
    : unknown("implausible", `${what}: found "${text.value}", expected a whole number`);
}

/** Names in a folder in a fixed order, or why they cannot be listed. */
export async function listNames(path: string, what: string): Promise<Known<string[]>> {
  try {
    const names = await guardedReads.ask(join(path, "."), () => readdir(path));
    return known(names.sort((a, b) => a.localeCompare(b, "en", { numeric: true })));
  } catch (error) {
    return reasonFor(error, what);
  }
}

/** Last part of the folder a link points to, for example the driver's name; null where there is no link. */
export async function findLinkName(...segments: string[]): Promise<string | null> {
  try {
    const path = join(...segments);
    return (await guardedReads.ask(path, () => readlink(path))).split("/").at(-1) ?? null;
  } catch {
    return null;
  }
}
