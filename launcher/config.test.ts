import { expect, test } from "vitest";
import { readLauncherConfig } from "./config";

const read = (variables: Record<string, string>) => readLauncherConfig({ NODE_ENV: "test", ...variables });

test("with nothing set, the documented defaults hold", () => {
  expect(read({})).toEqual({
    port: 3000,
    gatewayPort: 4318,
    databaseUrl: null,
    dataFolder: null,
    bindAddress: "127.0.0.1",
    isDemoOn: true,
    consoleUrl: "http://localhost:3000",
    gatewayUrl: "http://localhost:4318",
    publicConsoleUrl: "http://localhost:3000",
    publicGatewayUrl: "http://localhost:4318",
  });
});

test("an empty variable is one that is not set", () => {
  expect(read({ PORT: "", DATABASE_URL: "", FERNBLICK_DATA: "" })).toEqual(read({}));
});

test.each([
  [{ PORT: "30x0" }, 'PORT: found "30x0"; expected a port from 1 to 65535'],
  [{ GATEWAY_PORT: "70000" }, 'GATEWAY_PORT: found "70000"; expected a port from 1 to 65535'],
  [{ FERNBLICK_BIND: "all" }, 'FERNBLICK_BIND: found "all"; expected an IP address such as 127.0.0.1 or 0.0.0.0'],
  [{ FERNBLICK_DEMO: "yes" }, 'FERNBLICK_DEMO: found "yes"; expected on or off'],
  [{ CONSOLE_URL: "console" }, 'CONSOLE_URL: found "console"; expected http://… or https://…'],
])("%j gives one line with what was found and what is expected", (variables, line) => {
  expect(() => read(variables)).toThrow(new Error(line));
});

test("each bad variable has its own line", () => {
  expect(() => read({ PORT: "a", GATEWAY_PORT: "b" })).toThrow(/^PORT: .*\nGATEWAY_PORT: .*$/);
});

test.each([
  ["0.0.0.0", "http://localhost:3000"],
  ["10.1.2.3", "http://10.1.2.3:3000"],
  ["fd00::7", "http://[fd00::7]:3000"],
])("bound to %s, the console is reached at %s", (bindAddress, url) => {
  expect(read({ FERNBLICK_BIND: bindAddress }).consoleUrl).toBe(url);
});

test("the demo fleet can be switched off", () => {
  expect(read({ FERNBLICK_DEMO: "off" }).isDemoOn).toBe(false);
});

test("one port for both programs is refused", () => {
  expect(() => read({ PORT: "4318" })).toThrow("PORT and GATEWAY_PORT are both 4318");
});

test("a DATABASE_URL that does not fit is never repeated: it holds a password", () => {
  expect(() => read({ DATABASE_URL: "mysql://me:hunter2@host/db" })).toThrow(
    new Error("DATABASE_URL: found a value that does not fit; expected postgres://user:password@host:5432/database"),
  );
});
