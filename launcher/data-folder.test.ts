import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chooseDataFolder, openDataFolder } from "./data-folder";
import { requireFreePort } from "./ports";
import { readOrCreateDemoAccounts, readOrCreateSecrets } from "./secrets";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fernblick-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the data lie in the clone, unless the database's user cannot get there", () => {
  expect(chooseDataFolder("/srv/fernblick", false)).toEqual({ path: "/srv/fernblick/.fernblick", reason: null });
});

test.runIf(process.getuid?.() === 0)(
  "as root in a clone of mode 0700, the data go to /var/lib and the reason is said (runs as root only)",
  () => {
    const { path, reason } = chooseDataFolder(folder, true);
    expect(path).toMatch(/^\/var\/lib\/fernblick-[0-9a-f]{12}$/);
    expect(reason).toContain(`may not enter ${folder} (mode 0700)`);
    expect(chooseDataFolder(folder, true).path).toBe(path);
    expect(chooseDataFolder(folder, false).path).toBe(join(folder, ".fernblick"));
  },
);

test("a file in the place of the data folder is one clear line", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => openDataFolder(join(file, "inner"))).toThrow(
    /^Cannot use the data folder .*; set FERNBLICK_DATA to another$/,
  );
});

test("secrets and demo accounts are made once, stay the same, and are readable by their owner only", () => {
  const secrets = readOrCreateSecrets(folder);
  const accounts = readOrCreateDemoAccounts(folder);
  expect(readOrCreateSecrets(folder)).toEqual(secrets);
  expect(readOrCreateDemoAccounts(folder)).toEqual(accounts);
  for (const name of ["secrets.json", "demo-accounts.json"]) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
});

test("there is one demo account for each role, and no two share a password, nor do two data folders", () => {
  const other = join(folder, "other");
  mkdirSync(other);
  const accounts = [...readOrCreateDemoAccounts(folder), ...readOrCreateDemoAccounts(other)];
  expect(accounts.slice(0, 5).map(({ role }) => role)).toEqual(["owner", "admin", "operator", "viewer", "auditor"]);
  expect(new Set(accounts.map(({ password }) => password)).size).toBe(10);
});

test("a damaged secrets.json is refused by name and not replaced", () => {
  writeFileSync(join(folder, "secrets.json"), '{"authSecret":');
  expect(() => readOrCreateSecrets(folder)).toThrow(`${join(folder, "secrets.json")} is damaged`);
});

test("a port in use is refused with the variable to set, a free one is not", async () => {
  const server = createServer();
  const port = await new Promise<number>((done) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      done(typeof address === "object" && address ? address.port : 0);
    }),
  );
  await expect(requireFreePort("GATEWAY_PORT", port, "127.0.0.1")).rejects.toThrow(
    new RegExp(`^Port ${port} is in use \\(by .*\\): set GATEWAY_PORT to a free port$`),
  );
  await new Promise((done) => server.close(done));
  await expect(requireFreePort("GATEWAY_PORT", port, "127.0.0.1")).resolves.toBeUndefined();
});
