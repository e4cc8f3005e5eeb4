import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const UNIT = join(import.meta.dirname, "../deploy/fernblick-agent.service");
/** Its checker; not every machine that runs the tests has one. */
const CHECKER = "systemd-analyze";
const hasSystemd = spawnSync(CHECKER, ["--version"]).status === 0;

/** The values of a key, in the order of the file. */
const valuesOf = (key: string) =>
  readFileSync(UNIT, "utf8")
    .split("\n")
    .flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

test("the unit keeps the agent's data where enrolment puts it for root, readable by nobody else", () => {
  expect(valuesOf("ExecStart")).toEqual([
    "/usr/bin/node /opt/fernblick/fernblick-agent.cjs run --data /var/lib/fernblick-agent",
  ]);
  expect(valuesOf("StateDirectory")).toEqual(["fernblick-agent"]);
  expect(valuesOf("StateDirectoryMode")).toEqual(["0700"]);
  expect(valuesOf("ConditionPathExists")).toEqual(["/var/lib/fernblick-agent/identity.json"]);
});

test("the unit hides no filesystem whose fill is to be read, and no memory that Node's compiler needs", () => {
  expect(valuesOf("ProtectHome")).toEqual(["read-only"]);
  expect(valuesOf("PrivateTmp")).toEqual([]);
  expect(valuesOf("MemoryDenyWriteExecute")).toEqual([]);
});

test.runIf(hasSystemd)("systemd accepts every line of the unit (skipped where there is no systemd-analyze)", () => {
  const folder = mkdtempSync(join(tmpdir(), "fernblick-unit-"));
  try {
    const unit = join(folder, "fernblick-agent.service");
    copyFileSync(UNIT, unit);
    const checked = spawnSync(CHECKER, ["verify", "--man=no", unit], { encoding: "utf8" });
    // Where Node lies elsewhere the command is not found, which is no fault of the unit.
    const faults = checked.stderr.split("\n").filter((line) => line !== "" && !/is not executable/.test(line));
    expect(faults.filter((line) => line.includes("fernblick-agent.service"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the commands that the documentation shows are ones that the agent knows", () => {
  const documentation = readFileSync(join(import.meta.dirname, "../docs/agent.md"), "utf8");
  const help = execFileSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "main.ts"), "--help"], {
    encoding: "utf8",
  });
  const shown = [...documentation.matchAll(/fernblick-agent\.cjs (\w+) (--\w+)/g)];
  expect(shown.length).toBeGreaterThan(0);
  for (const [, command = "", option = ""] of shown) {
    expect(help).toContain(`fernblick-agent ${command}`);
    expect(help).toContain(option);
  }
});
