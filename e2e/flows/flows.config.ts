import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import base from "@/playwright.config";

const ROOT = join(import.meta.dirname, "..", "..");
const DESK = { width: 1440, height: 900 };

/** What films comes with `npx playwright install ffmpeg`; a story is a test also where it is missing. */
const CAN_FILM = [".cache", join("Library", "Caches")].some((cache) => {
  const folder = join(homedir(), cache, "ms-playwright");
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("ffmpeg"));
});
export const filmOf = (size: { width: number; height: number }) => (CAN_FILM ? { mode: "on" as const, size } : "off");

/** Stories with the simulated fleet, one after the other: they are filmed, and a machine that does more stutters. */
export default defineConfig({
  ...base,
  testDir: import.meta.dirname,
  testMatch: "*.spec.ts",
  outputDir: join(ROOT, "test-results", "flows"),
  workers: 1,
  globalSetup: join(import.meta.dirname, "bring-fleet.ts"),
  use: { ...base.use, viewport: DESK, video: filmOf(DESK) },
});
