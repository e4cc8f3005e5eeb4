import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOrInstallBrowser } from "./browser";
import { readTestEnvironment } from "./config";
import { type Counts, type Report, readPlaywrightReport, readVitestReport } from "./test-reports";

/**
 * `npm test`: everything that has to hold, in one run, with one summary. `--verify` leaves out what needs a database or
 * a browser. Every step runs even when one before it failed, so that one run shows all that is wrong.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPORTS = join(ROOT, "test-results", "reports");
/** Named once more under the summary, where whoever sees only the end of a log finds them. */
const FAILURES_SHOWN = 20;

type Step = {
  name: string;
  command: string[];
  env?: Record<string, string>;
  /** Where the runner leaves its figures; a step without one counts as one check. */
  report?: { file: string; read: (text: string) => Report };
};

const tool = (name: string, ...parameters: string[]): string[] => [
  join(ROOT, "node_modules", ".bin", name),
  ...parameters,
];
const script = (name: string, ...parameters: string[]): string[] => [
  process.execPath,
  "--import",
  "tsx",
  join(ROOT, "scripts", `${name}.ts`),
  ...parameters,
];

function vitest(name: string, ...projects: string[]): Step {
  const file = join(REPORTS, `${projects.join("-")}.json`);
  const selected = projects.flatMap((project) => ["--project", project]);
  return {
    name,
    command: tool("vitest", "run", ...selected, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`),
    report: { file, read: readVitestReport },
  };
}

function verifySteps(): Step[] {
  return [
    { name: "format and lint, import arrows", command: tool("biome", "ci", ".") },
    { name: "package lock is complete", command: script("complete-lock", "--check") },
    { name: "route types", command: tool("next", "typegen") },
    { name: "types", command: tool("tsc", "--noEmit") },
    { name: "dead code", command: tool("knip", "--no-progress") },
    vitest("unit and screen tests", "unit", "screen"),
  ];
}

async function fullSteps(): Promise<Step[]> {
  const file = join(REPORTS, "playwright.json");
  const [consolePort, gatewayPort] = await Promise.all([freePort(), freePort()]);
  return [
    vitest("database tests and access matrix", "db"),
    { name: "production build", command: script("build", "--if-needed") },
    vitest("real processes: agent, gateway, Postgres", "system"),
    {
      name: "browser tests",
      command: tool("playwright", "test", "--reporter=list,json"),
      env: {
        CHROMIUM_PATH: await findOrInstallBrowser((line) => console.log(`  ${line}`)),
        E2E_PORT: String(consolePort),
        E2E_GATEWAY_PORT: String(gatewayPort),
        PLAYWRIGHT_JSON_OUTPUT_NAME: file,
      },
      report: { file, read: readPlaywrightReport },
    },
  ];
}

/** A port that was free a moment ago; whoever starts on it says so when it no longer is. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function run(step: Step): Promise<boolean> {
  const [program = "", ...parameters] = step.command;
  return new Promise((resolve) => {
    const env = { ...readTestEnvironment(), ...step.env };
    const child = spawn(program, parameters, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"], env });
    child.once("error", (error) => {
      console.log(`${program} could not be started: ${error.message}`);
      resolve(false);
    });
    child.once("exit", (code) => resolve(code === 0));
  });
}

/** What a step counted. A runner that failed without leaving figures, or that found no test at all, has failed once. */
function reportOf(step: Step, isGood: boolean): Report {
  const one = { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0, failures: [] };
  if (!step.report) return one;
  if (!existsSync(step.report.file)) return { ...one, passed: 0, failed: 1 };
  const report = step.report.read(readFileSync(step.report.file, "utf8"));
  const isSilent = report.failed === 0 && (!isGood || report.passed === 0);
  return isSilent ? { ...report, failed: 1 } : report;
}

async function main(): Promise<void> {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const steps = process.argv.includes("--verify") ? verifySteps() : [...verifySteps(), ...(await fullSteps())];
  const results: { name: string; seconds: number; report: Report }[] = [];
  for (const step of steps) {
    console.log(`\n── ${step.name}`);
    const startedAt = Date.now();
    const isGood = await run(step);
    results.push({ name: step.name, seconds: (Date.now() - startedAt) / 1000, report: reportOf(step, isGood) });
  }
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  console.log("\n── Summary");
  for (const { name, seconds, report } of results) {
    total.passed += report.passed;
    total.failed += report.failed;
    total.skipped += report.skipped;
    const figures = `${report.passed} passed${report.failed > 0 ? `, ${report.failed} failed` : ""}${report.skipped > 0 ? `, ${report.skipped} skipped` : ""}`;
    console.log(
      `  ${report.failed > 0 ? "✗" : "✓"} ${name.padEnd(44)} ${seconds.toFixed(1).padStart(6)} s  ${figures}`,
    );
    for (const line of report.failures.slice(0, FAILURES_SHOWN)) console.log(`      ✗ ${line}`);
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await main();
