import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import base from "@/playwright.config";

const ROOT = join(import.meta.dirname, "..", "..");
const DESK = { width: 1440, height: 900 };

/** Stories with the simulated fleet, one after the other: they are filmed, and a machine that does more stutters. */
export default defineConfig({
  ...base,
  testDir: import.meta.dirname,
  testMatch: "*.spec.ts",
  outputDir: join(ROOT, "test-results", "flows"),
  workers: 1,
  globalSetup: join(import.meta.dirname, "bring-fleet.ts"),
  use: { ...base.use, viewport: DESK, video: { mode: "on", size: DESK } },
});
