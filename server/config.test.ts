import { describe, expect, test } from "vitest";
import { ConfigError, readConsoleConfig, readGatewayConfig, readWorkerConfig } from "./config";

const DATABASE_URL = "postgres://app:secret-of-app@db.test:5432/fernblick";
const AUTH_SECRET = "0123456789abcdef0123456789abcdef";
const environment = (variables: Record<string, string>): NodeJS.ProcessEnv => variables as NodeJS.ProcessEnv;

function errorOf(read: (environment: NodeJS.ProcessEnv) => unknown, variables: Record<string, string>): string {
  try {
    read(environment(variables));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("a wrong configuration", () => {
  test.each<[string, (environment: NodeJS.ProcessEnv) => unknown, Record<string, string>, string[]]>([
    ["no database", readWorkerConfig, {}, ["DATABASE_URL", "it is not set", "expected postgres://"]],
    [
      "another database",
      readGatewayConfig,
      { DATABASE_URL: "mysql://u:hush@h/d" },
      ["DATABASE_URL", "expected postgres://"],
    ],
    ["no secret", readConsoleConfig, { DATABASE_URL }, ["AUTH_SECRET", "it is not set"]],
    ["a short secret", readConsoleConfig, { DATABASE_URL, AUTH_SECRET: "hush" }, ["AUTH_SECRET", "at least 32"]],
    ["a port beyond", readGatewayConfig, { DATABASE_URL, GATEWAY_PORT: "70000" }, ["GATEWAY_PORT", '"70000"', "65535"]],
    ["a port that is a word", readGatewayConfig, { DATABASE_URL, GATEWAY_PORT: "http" }, ["GATEWAY_PORT", '"http"']],
    [
      "an interval of a second",
      readGatewayConfig,
      { DATABASE_URL, FERNBLICK_INTERVAL: "1" },
      ["FERNBLICK_INTERVAL", '"1"', "5"],
    ],
    [
      "half an OIDC",
      readConsoleConfig,
      { DATABASE_URL, AUTH_SECRET, OIDC_ISSUER: "https://id.test" },
      ["OIDC_CLIENT_ID"],
    ],
    [
      "a level that is none",
      readWorkerConfig,
      { DATABASE_URL, FERNBLICK_LOG_LEVEL: "lots\nmore" },
      ["FERNBLICK_LOG_LEVEL"],
    ],
  ])("with %s is told in one line that names the variable", (_title, read, variables, parts) => {
    const message = errorOf(read, variables);
    for (const part of parts) expect(message).toContain(part);
    expect(message.split("\n")).toHaveLength(1);
    expect(message).not.toContain("hush");
    expect(message).not.toContain("secret-of-app");
  });
});

test("what is left out has its default, and an empty variable is one that was left out", () => {
  expect(readGatewayConfig(environment({ DATABASE_URL }))).toMatchObject({
    GATEWAY_PORT: 4318,
    FERNBLICK_INTERVAL: 60,
  });
  const config = readConsoleConfig(environment({ DATABASE_URL, AUTH_SECRET, OIDC_ISSUER: "", OIDC_CLIENT_ID: "" }));
  expect(config.OIDC_ISSUER).toBeUndefined();
});
