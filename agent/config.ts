import { homedir } from "node:os";
import { join, resolve } from "node:path";
import * as z from "zod";
import type { HostRoots } from "./host-roots";

/** A setting that does not fit, in one line: which, what was found, what is expected. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** An empty variable is one that was not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

const MEBIBYTE = 1024 * 1024;
const SPOOL_BYTES_DEFAULT = 64 * MEBIBYTE;

const Environment = z.object({
  FERNBLICK_AGENT_DATA: optional(z.string()),
  FERNBLICK_AGENT_INTERVAL: optional(
    z.coerce.number("expected seconds from 1 to 86400").min(1, "expected at least 1 second").max(86_400),
  ),
  FERNBLICK_AGENT_SPOOL_BYTES: optional(
    z.coerce
      .number("expected a number of bytes")
      .int("expected a whole number of bytes")
      .min(MEBIBYTE, "expected at least 1048576 bytes"),
  ),
  FERNBLICK_GATEWAY: optional(z.string()),
  FERNBLICK_JOIN_TOKEN: optional(z.string()),
  FERNBLICK_CLUSTER_NAME: optional(z.string().max(253, "expected at most 253 characters")),
  FERNBLICK_KUBELET_STATS: optional(z.stringbool('expected "true" or "false"')),
  FERNBLICK_SCRAPE: optional(z.string()),
  FERNBLICK_LOG_LEVEL: optional(z.enum(["debug", "info", "warn", "error", "silent"])),
});

export type AgentOptions = {
  data?: string;
  proc?: string;
  sys?: string;
  etc?: string;
  root?: string;
  gateway?: string;
  token?: string;
  kubernetes?: boolean;
  kubeconfig?: string;
  "cluster-name"?: string;
  scrape?: string[];
  "kubelet-stats"?: boolean;
};

export type AgentConfig = {
  /** Folder of identity, counters and spool. */
  dataPath: string;
  /** Set when the operator fixed the interval; it then wins over the gateway's. */
  intervalSeconds: number | null;
  spoolBytesMax: number;
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  roots: HostRoots;
  /** Where to enrol, and with what; null where it was not said. */
  gateway: string | null;
  token: string | null;
  /** Set for an agent that speaks for a cluster; `kubeconfig` null: by the service account of its pod. */
  kubernetes: {
    kubeconfig: string | null;
    name: string | null;
    scrape: ScrapeSetting;
    /** Whether kubelets are asked: that takes a permission of its own. */
    isKubeletAsked: boolean;
  } | null;
};

/**
 * Command line over environment over defaults.
 * @throws ConfigError in one line
 */
export function readAgentConfig(options: AgentOptions = {}, environment = process.env): AgentConfig {
  const result = Environment.safeParse(environment);
  if (!result.success) {
    const [issue] = result.error.issues;
    const name = String(issue?.path[0] ?? "environment");
    throw new ConfigError(`${name}: found "${environment[name] ?? ""}"; ${issue?.message ?? "invalid"}`);
  }
  const variables = result.data;
  return {
    dataPath: resolve(options.data ?? variables.FERNBLICK_AGENT_DATA ?? defaultDataPath()),
    intervalSeconds: variables.FERNBLICK_AGENT_INTERVAL ?? null,
    spoolBytesMax: variables.FERNBLICK_AGENT_SPOOL_BYTES ?? SPOOL_BYTES_DEFAULT,
    logLevel: variables.FERNBLICK_LOG_LEVEL ?? "info",
    roots: {
      proc: resolve(options.proc ?? "/proc"),
      sys: resolve(options.sys ?? "/sys"),
      etc: resolve(options.etc ?? (options.root ? join(options.root, "etc") : "/etc")),
      root: resolve(options.root ?? "/"),
    },
    gateway: options.gateway ?? variables.FERNBLICK_GATEWAY ?? null,
    token: options.token ?? variables.FERNBLICK_JOIN_TOKEN ?? null,
    kubernetes: options.kubernetes
      ? {
          kubeconfig: options.kubeconfig ?? null,
          name: options["cluster-name"] ?? variables.FERNBLICK_CLUSTER_NAME ?? null,
          isKubeletAsked: options["kubelet-stats"] || variables.FERNBLICK_KUBELET_STATS === true,
          scrape: readScrape(options.scrape ?? variables.FERNBLICK_SCRAPE?.split(/\s+/).filter(Boolean) ?? []),
        }
      : null,
  };
}

/** Whose metrics are asked for beside the API server's. */
type ScrapeSetting = { isAnnotated: boolean; named: { node: string | null; url: URL }[] };

/** @param values `annotated`, `URL`, or `NODE=URL` */
function readScrape(values: readonly string[]): ScrapeSetting {
  const named = values
    .filter((value) => value !== "annotated")
    .map((value) => {
      const [, node = null, text = ""] = /^(?:([a-z0-9][a-z0-9.-]*)=)?(https?:\/\/.+)$/i.exec(value) ?? [];
      if (!URL.canParse(text)) {
        throw new ConfigError(`--scrape: found "${value}"; expected "annotated", URL or NODE=URL with http or https`);
      }
      return { node, url: new URL(text) };
    });
  return { isAnnotated: values.includes("annotated"), named };
}

/** System folder for root; else the user's own (XDG Base Directory Specification, state home). */
function defaultDataPath(): string {
  return process.getuid?.() === 0 ? "/var/lib/fernblick-agent" : join(homedir(), ".local/state/fernblick-agent");
}
