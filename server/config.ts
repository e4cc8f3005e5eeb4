import { z } from "zod";

/** An empty variable is one that was not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const Shared = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "expected postgres://user:password@host:5432/database" }),
  FERNBLICK_BIND: z.string().default("127.0.0.1"),
  FERNBLICK_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

const ConsoleConfig = Shared.extend({
  AUTH_SECRET: z.string().min(32, "expected at least 32 random characters"),
  /** Where people reach the console; only used in links that leave it. */
  CONSOLE_URL: z.url().default("http://localhost:3000"),
  /** Where agents reach the gateway: shown in the command to paste. */
  GATEWAY_PUBLIC_URL: z.url().default("http://localhost:4318"),
  OIDC_ISSUER: optional(z.url()),
  OIDC_CLIENT_ID: optional(z.string()),
  OIDC_CLIENT_SECRET: optional(z.string()),
  /** Name on the button, for example "Keycloak". */
  OIDC_NAME: z.string().default("Single sign-on"),
}).refine((config) => !config.OIDC_ISSUER || (config.OIDC_CLIENT_ID && config.OIDC_CLIENT_SECRET), {
  path: ["OIDC_CLIENT_ID"],
  error: "OIDC_ISSUER is set, so OIDC_CLIENT_ID and OIDC_CLIENT_SECRET are expected as well",
});

const GatewayConfig = Shared.extend({
  GATEWAY_PORT: port(4318),
  /** Interval that agents are told, in seconds. */
  FERNBLICK_INTERVAL: z.coerce.number().int().min(5).max(3600).default(60),
  /** Bytes of messages a second that one organisation may send; beyond that its agents are told to come later. */
  FERNBLICK_ORGANISATION_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .max(1e12)
    .default(16 * 1024 * 1024),
});

const WorkerConfig = Shared;

export type ConsoleConfig = z.infer<typeof ConsoleConfig>;
export type GatewayConfig = z.infer<typeof GatewayConfig>;
export type WorkerConfig = z.infer<typeof WorkerConfig>;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

function read<T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0] ?? "environment");
  const isSecret = /SECRET|PASSWORD|DATABASE_URL/.test(name);
  const value = environment[name];
  const found = value === undefined ? "it is not set" : isSecret ? "a value that does not fit" : JSON.stringify(value);
  throw new ConfigError(`${name}: found ${found}; ${issue?.message ?? "invalid"}`);
}

/** @throws ConfigError in one line: which variable, what was found, what is expected */
export const readConsoleConfig = (environment = process.env): ConsoleConfig => read(ConsoleConfig, environment);
/** @throws ConfigError */
export const readGatewayConfig = (environment = process.env): GatewayConfig => read(GatewayConfig, environment);
/** @throws ConfigError */
export const readWorkerConfig = (environment = process.env): WorkerConfig => read(WorkerConfig, environment);

let consoleConfig: ConsoleConfig | undefined;
/** The console's configuration, read once at first use. */
export function getConsoleConfig(): ConsoleConfig {
  consoleConfig ??= readConsoleConfig();
  return consoleConfig;
}

/** A file with dates of end of support, in place of those that came with this version. */
export const supportDatesPath = (): string | undefined => process.env.FERNBLICK_SUPPORT_DATES || undefined;

/** True under `next dev` only, which needs eval for its own tools. */
export const IS_DEVELOPMENT = process.env.NODE_ENV === "development";
