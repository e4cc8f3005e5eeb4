import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { formatBox, formatColumns } from "./box";
import { type LauncherConfig, readLauncherConfig } from "./config";
import { Progress } from "./progress";
import { Running } from "./running";
import { type Started, startAll } from "./start-all";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const SAME_REQUEST_MILLISECONDS = 1_000;
/** A step that cannot be interrupted (a migration, Postgres' start) may take this long before the stop goes on. */
const STEP_MILLISECONDS_MAX = 4_000;

/** `npm start`: starts everything, stays until it is told to stop, and ends the process with 0, or 1 after a failure. */
export async function main(): Promise<void> {
  const progress = new Progress();
  const running = new Running();
  // The terminal may be gone while we still stop things.
  process.stdout.on("error", () => {});

  /** Why it ends; null means that a person asked for it. */
  const reasons: (string | null)[] = [];
  const ending = new AbortController();
  const ended = new Promise((resolve) => ending.signal.addEventListener("abort", resolve));
  const end = (reason: string | null) => {
    reasons.push(reason);
    ending.abort();
  };
  watchFaults(end);
  watchSignals(progress, running, end);
  const starting = start(progress, running, ending.signal, end);
  await ended;

  const [reason = null] = reasons;
  progress.print(reason === null ? "\n  Stopping" : `  ✗ ${reason}`);
  // What the step in work starts has to be stopped as well, so it comes to its end first.
  await Promise.race([starting, delay(STEP_MILLISECONDS_MAX, undefined, { ref: false })]);
  await running.stop();
  if (reason === null) progress.print("  Stopped");
  process.exit(reason === null ? 0 : 1);
}

async function start(
  progress: Progress,
  running: Running,
  signal: AbortSignal,
  end: (reason: string) => void,
): Promise<void> {
  try {
    const config = readLauncherConfig();
    progress.print("\n  Fernblick starts\n");
    const started = await startAll({ rootDir: ROOT, config, progress, running, signal, giveUp: end });
    progress.print(`\n${formatBox(welcomeLines(config, started))}\n`);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Error) progress.record(error.stack ?? error.message);
    end(error instanceof Error ? error.message : String(error));
  }
}

function welcomeLines(config: LauncherConfig, { accounts, dataFolder, logsDir }: Started): string[] {
  return [
    `Fernblick is ready: ${config.publicConsoleUrl}`,
    "",
    "Sign in as",
    ...formatColumns(accounts.map(({ role, email, password }) => [`  ${role}`, email, password])),
    "",
    ...formatColumns([
      ["Agents send to", config.publicGatewayUrl],
      ["Data", dataFolder],
      ["Logs", logsDir],
      ["Stop", "Ctrl-C"],
    ]),
  ];
}

function watchSignals(progress: Progress, running: Running, end: (reason: null) => void): void {
  let firstAt: number | null = null;
  const handle = () => {
    if (firstAt === null) {
      firstAt = Date.now();
      end(null);
    } else if (Date.now() - firstAt > SAME_REQUEST_MILLISECONDS) {
      progress.print("  Stopped hard");
      running.kill();
      process.exit(130);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, handle);
}

/** A fault of the launcher itself must not leave programs and a database behind. */
function watchFaults(end: (reason: string) => void): void {
  const handle = (error: unknown) =>
    end(`The launcher failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.on("uncaughtException", handle);
  process.on("unhandledRejection", handle);
}
