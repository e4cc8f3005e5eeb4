// Brings node_modules in line with package-lock.json. Node built-ins only: it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const HEARTBEAT_MILLISECONDS = 20_000;

/**
 * Why `npm ci` has to run, in words; null when what is installed agrees with the lock. npm writes down what it
 * installed in node_modules/.package-lock.json, as its last act. Optional packages are another platform's.
 *
 * @param {string} root
 * @returns {string | null}
 */
export function findInstallReason(root) {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return "the dependencies are not installed";
  const wanted = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(hidden);
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === "" || (optional && !installed[path])) continue;
    if (installed[path]?.version !== version) return `${path} should be ${version}`;
  }
  const surplus = Object.keys(installed).find((path) => !wanted[path]);
  return surplus ? `${surplus} is not in package-lock.json` : null;
}

/** Runs `npm ci` when it has to; throws one line when that fails. */
export async function installIfNeeded() {
  const reason = findInstallReason(ROOT);
  if (!reason) return;
  console.log(`  · Installing the dependencies (${reason}): npm ci, a minute or two`);
  const startedAt = Date.now();
  const secondsSoFar = () => Math.round((Date.now() - startedAt) / 1000);
  const heartbeat = setInterval(() => console.log(`    still installing, ${secondsSoFar()} s`), HEARTBEAT_MILLISECONDS);
  const code = await runNpm(["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
  clearInterval(heartbeat);
  if (code !== 0) throw new Error(`npm ci failed (exit code ${code}); its own words are above`);
  console.log(`  ✓ Dependencies installed (${secondsSoFar()} s)`);
}

/** The npm on PATH, which is the one that runs us under `npm start`; else the one that came with this Node. */
async function runNpm(args) {
  const bundled = join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  const code = await run("npm", args);
  if (code !== null) return code;
  if (existsSync(bundled)) return run(process.execPath, [bundled, ...args]);
  throw new Error("npm was not found on PATH: install npm 10 or newer (it comes with Node)");
}

/** The exit code; null when there is no such program. */
function run(program, args) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", (error) => (error.code === "ENOENT" ? done(null) : fail(error)));
    child.once("exit", (code) => done(code ?? 1));
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages ?? {};
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  installIfNeeded().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
