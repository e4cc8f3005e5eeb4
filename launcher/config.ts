import { z } from "zod";

/** An empty variable is one that was not set. */
const orUnset = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === "" ? undefined : value), schema);
const port = (fallback: number) =>
  orUnset(z.coerce.number("expected a port from 1 to 65535").int().min(1).max(65_535).default(fallback));

const LauncherVariables = z.object({
  PORT: port(3000),
  GATEWAY_PORT: port(4318),
  DATABASE_URL: orUnset(
    z.url({ protocol: /^postgres(ql)?$/, error: "expected postgres://user:password@host:5432/database" }).optional(),
  ),
  FERNBLICK_DATA: orUnset(z.string().optional()),
  FERNBLICK_BIND: orUnset(
    z.union([z.ipv4(), z.ipv6()], "expected an IP address such as 127.0.0.1 or 0.0.0.0").default("127.0.0.1"),
  ),
  FERNBLICK_DEMO: orUnset(z.enum(["on", "off"], "expected on or off").default("on")),
  CONSOLE_URL: orUnset(z.url({ protocol: /^https?$/, error: "expected http://… or https://…" }).optional()),
  GATEWAY_PUBLIC_URL: orUnset(z.url({ protocol: /^https?$/, error: "expected http://… or https://…" }).optional()),
});

export type LauncherConfig = {
  port: number;
  gatewayPort: number;
  /** A Postgres of one's own; null: the embedded one. */
  databaseUrl: string | null;
  /** As given; null: chosen by `chooseDataFolder`. */
  dataFolder: string | null;
  /** The address that console and gateway listen on. */
  bindAddress: string;
  /** Whether a simulated fleet is driven through the gateway, in the organisation of the demo accounts. */
  isDemoOn: boolean;
  /** Where this machine reaches them. The name, not 127.0.0.1: Next redirects to `localhost`, and cookies follow the name. */
  consoleUrl: string;
  gatewayUrl: string;
  /** Where others reach them. */
  publicConsoleUrl: string;
  publicGatewayUrl: string;
};

/**
 * Reads the variables of `npm start` once.
 * @throws Error with one line for each bad variable: which, what was found, what is expected
 */
export function readLauncherConfig(environment: NodeJS.ProcessEnv = process.env): LauncherConfig {
  const result = LauncherVariables.safeParse(environment);
  if (!result.success)
    throw new Error(result.error.issues.map((issue) => describeIssue(issue, environment)).join("\n"));
  const variables = result.data;
  if (variables.PORT === variables.GATEWAY_PORT) {
    throw new Error(`PORT and GATEWAY_PORT are both ${variables.PORT}: console and gateway need a port each`);
  }
  const host = reachableHost(variables.FERNBLICK_BIND);
  const consoleUrl = `http://${host}:${variables.PORT}`;
  const gatewayUrl = `http://${host}:${variables.GATEWAY_PORT}`;
  return {
    port: variables.PORT,
    gatewayPort: variables.GATEWAY_PORT,
    databaseUrl: variables.DATABASE_URL ?? null,
    dataFolder: variables.FERNBLICK_DATA ?? null,
    bindAddress: variables.FERNBLICK_BIND,
    isDemoOn: variables.FERNBLICK_DEMO === "on",
    consoleUrl,
    gatewayUrl,
    publicConsoleUrl: variables.CONSOLE_URL ?? consoleUrl,
    publicGatewayUrl: variables.GATEWAY_PUBLIC_URL ?? gatewayUrl,
  };
}

/** Loopback and "all addresses" are `localhost` from here; anything else answers under its own address only. */
function reachableHost(bindAddress: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1"].includes(bindAddress)) return "localhost";
  return bindAddress.includes(":") ? `[${bindAddress}]` : bindAddress;
}

function describeIssue(issue: z.core.$ZodIssue, environment: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0]);
  // A database URL holds a password: what was found is not repeated.
  const found = name === "DATABASE_URL" ? "a value that does not fit" : `"${environment[name]}"`;
  const expected = /PORT$/.test(name) ? "expected a port from 1 to 65535" : issue.message;
  return `${name}: found ${found}; ${expected}`;
}

/** Our environment for a child: without what only the launcher may know, and with `own` on top. */
export function childEnvironment(own: Record<string, string>): NodeJS.ProcessEnv {
  const { DATABASE_URL: _adminUrl, AUTH_SECRET: _secret, ...inherited } = process.env;
  return { ...inherited, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...own };
}

const AdminVariables = z.object({
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: "DATABASE_URL: expected postgres://user:password@host:5432/database of a role that owns the database",
  }),
  FERNBLICK_ROLE_SUFFIX: z
    .string()
    .regex(/^[a-z0-9]{1,30}$/, "FERNBLICK_ROLE_SUFFIX: expected at most 30 of a to z and 0 to 9")
    .default("main"),
  FERNBLICK_APP_PASSWORD: z.string().min(20, "FERNBLICK_APP_PASSWORD: expected at least 20 characters").optional(),
  FERNBLICK_WORKER_PASSWORD: z
    .string()
    .min(20, "FERNBLICK_WORKER_PASSWORD: expected at least 20 characters")
    .optional(),
});

/** What the commands of an operator need of the environment. */
export type CommandConfig = {
  /** Of the role that owns the database; the programs never get it. */
  adminUrl: string;
  /** The login roles to make or update; null leaves roles alone. */
  roles: { suffix: string; appPassword: string; workerPassword: string } | null;
};

/** @throws Error with one line that says which variable is wrong and what is expected; values are never repeated */
export function readCommandConfig(environment: NodeJS.ProcessEnv = process.env): CommandConfig {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = AdminVariables.safeParse(set);
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => issue.message).join("\n"));
  const {
    DATABASE_URL: adminUrl,
    FERNBLICK_ROLE_SUFFIX: suffix,
    FERNBLICK_APP_PASSWORD: appPassword,
    FERNBLICK_WORKER_PASSWORD: workerPassword,
  } = parsed.data;
  if (appPassword && workerPassword) return { adminUrl, roles: { suffix, appPassword, workerPassword } };
  if (appPassword ?? workerPassword) {
    throw new Error("FERNBLICK_APP_PASSWORD and FERNBLICK_WORKER_PASSWORD: expected both, or neither");
  }
  return { adminUrl, roles: null };
}
