import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";
import { readBrowserPath } from "./config";

/** Where distributions and people put a Chromium that can be used. */
const KNOWN_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

function findBrowser(): string | null {
  const bundled = chromium.executablePath();
  return [readBrowserPath(), ...KNOWN_PATHS, bundled].find((path) => path !== undefined && existsSync(path)) ?? null;
}

function succeeds(program: string, ...parameters: string[]): boolean {
  return spawnSync(program, parameters, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

/**
 * Path of a Chromium for the browser tests. When there is none, it is installed by the machine's own means: the
 * distribution's package as root on Debian and its children, else the browser that comes with Playwright.
 *
 * @param log is told what was done
 * @throws Error with what to do when neither works
 */
export async function findOrInstallBrowser(log: (line: string) => void): Promise<string> {
  const found = findBrowser();
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    log("No Chromium found: installing the distribution's package (apt-get install chromium)");
    succeeds("apt-get", "update", "-qq");
    succeeds("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core");
  } else {
    log("No Chromium found: downloading the one that Playwright brings (playwright install chromium)");
    succeeds(process.execPath, "node_modules/@playwright/test/cli.js", "install", "chromium");
  }
  const installed = findBrowser();
  if (!installed) {
    throw new Error(
      "No Chromium was found and none could be installed: install one and set CHROMIUM_PATH to its program",
    );
  }
  log(`Chromium installed: ${installed}`);
  return installed;
}
