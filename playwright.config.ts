import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, devices } from "@playwright/test";

const port = process.env.E2E_PORT ?? "3199";
const gatewayPort = process.env.E2E_GATEWAY_PORT ?? "4399";
// Workers read this file as well: the folder has to be the same for all of them, so it hangs on the port.
const dataFolder = join(tmpdir(), `fernblick-e2e-${port}`);
process.env.E2E_DATA ??= dataFolder;
// Only in the process that starts everything, and before it does: each run begins with nothing.
if (process.env.TEST_WORKER_INDEX === undefined) rmSync(dataFolder, { recursive: true, force: true });
const executablePath = process.env.CHROMIUM_PATH ?? (existsSync("/usr/bin/chromium") ? "/usr/bin/chromium" : undefined);

/** The production build, started by the real launcher with a real Postgres, gateway, worker and agent. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "specs/**/*.spec.ts",
  outputDir: "test-results/browser",
  fullyParallel: false,
  // Files side by side; what one test changes (roles, tokens, a stopped API) is its own, or its browser's alone.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  globalSetup: "./e2e/fixtures/wait-for-runtime.ts",
  webServer: {
    command: "node launcher/start.mjs",
    cwd: import.meta.dirname,
    url: `http://localhost:${port}/api/health`,
    timeout: 300_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
    stdout: "pipe",
    env: { PORT: port, GATEWAY_PORT: gatewayPort, FERNBLICK_DATA: dataFolder, FERNBLICK_DEMO: "off" },
  },
  use: {
    ...devices["Desktop Chrome"],
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
