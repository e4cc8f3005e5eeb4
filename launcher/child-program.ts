import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { childEnvironment } from "./config";
import { LogFile } from "./log-file";

const QUICK_DEATH_MILLISECONDS = 30_000;
const QUICK_DEATHS_MAX = 5;
const RESTART_MILLISECONDS_MAX = 30_000;
/** pino's number for "warn"; errors are higher. */
const WARNING_LEVEL = 40;
const END_WITH_PARENT = new URL("./end-with-parent.mjs", import.meta.url).href;

export type ProgramPlan = {
  name: "gateway" | "worker" | "console" | "agent" | "demo";
  /** The file to run and its arguments. */
  command: readonly [string, ...string[]];
  environment: Record<string, string>;
  logsDir: string;
  /** Warnings of the program, and what happens to it. */
  warn: (text: string) => void;
  /** Called once, when it died too often too quickly. */
  giveUp: (reason: string) => void;
};

/** One program of Fernblick as a child process: its log goes to a file, and it is started again when it dies. */
export class ChildProgram {
  readonly name: string;
  readonly #plan: ProgramPlan;
  readonly #log: LogFile;
  readonly #stopping = new AbortController();
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #quickDeaths = 0;
  #isUp = false;
  #reportEarlyDeath: (error: Error) => void = () => {};
  /** Rejects when the program dies before `markUp`; never settles otherwise. */
  readonly earlyDeath: Promise<never>;

  constructor(plan: ProgramPlan) {
    this.#plan = plan;
    this.name = plan.name;
    this.#log = new LogFile(join(plan.logsDir, `${plan.name}.log`));
    this.earlyDeath = new Promise((_, reject) => {
      this.#reportEarlyDeath = reject;
    });
    this.earlyDeath.catch(() => {});
  }

  start(): void {
    const startedAt = Date.now();
    const child = spawn(process.execPath, ["--import", END_WITH_PARENT, ...this.#plan.command], {
      // In a process group of its own, so that a Ctrl-C in the terminal reaches the launcher only, which keeps the order.
      detached: true,
      env: childEnvironment(this.#plan.environment),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    if (child.stdout) this.#follow(child.stdout, false);
    if (child.stderr) this.#follow(child.stderr, true);
    this.#ended = new Promise((done) => {
      child.once("error", (error) => {
        this.#log.write(error.message);
        done();
      });
      // "close" and not "exit": by then its last words are read.
      child.once("close", (code, signal) => {
        done();
        this.#handleEnd(signal ?? `code ${code}`, Date.now() - startedAt);
      });
    });
  }

  /** Resolves when the start is this long ago; for programs that answer nobody. */
  livedFor(milliseconds: number): Promise<void> {
    return delay(milliseconds, undefined, { ref: false });
  }

  /** From now on a death leads to a restart, and no longer to the end of the start. */
  markUp(): void {
    this.#isUp = true;
  }

  /** Asks the program to end, and kills it when it has not within `graceMilliseconds`. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#stopping.abort();
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGTERM");
    const isLate = await Promise.race([this.#ended.then(() => false), delay(graceMilliseconds, true, { ref: false })]);
    if (isLate) this.kill();
    await this.#ended;
  }

  /** Ends the program at once. */
  kill(): void {
    this.#stopping.abort();
    this.#child?.kill("SIGKILL");
  }

  #handleEnd(how: string, livedMilliseconds: number): void {
    if (this.#stopping.signal.aborted) return;
    const words = [`The ${this.name} ended (${how}). Its last lines (${this.#log.path}):`, ...this.#log.lastLines()];
    const reason = words.join("\n    ");
    if (!this.#isUp) {
      this.#reportEarlyDeath(new Error(reason));
      return;
    }
    this.#quickDeaths = livedMilliseconds < QUICK_DEATH_MILLISECONDS ? this.#quickDeaths + 1 : 1;
    if (this.#quickDeaths >= QUICK_DEATHS_MAX) {
      this.#plan.giveUp(
        `${reason}\n  It died ${QUICK_DEATHS_MAX} times within ${QUICK_DEATH_MILLISECONDS / 1000} s of its start`,
      );
      return;
    }
    const waitMilliseconds = Math.min(RESTART_MILLISECONDS_MAX, 1000 * 2 ** (this.#quickDeaths - 1));
    this.#plan.warn(`${reason}\n    It is started again in ${waitMilliseconds / 1000} s`);
    delay(waitMilliseconds, undefined, { signal: this.#stopping.signal }).then(
      () => this.start(),
      () => {},
    );
  }

  #follow(stream: Readable, isErrorStream: boolean): void {
    createInterface({ input: stream }).on("line", (line) => {
      this.#log.write(line);
      const warning = findWarning(line, isErrorStream);
      if (warning && !this.#stopping.signal.aborted) this.#plan.warn(`${this.name}: ${warning}`);
    });
  }
}

/** What of a program's line a person should see: JSON lines from "warn" up; of others only the first of an error. */
export function findWarning(line: string, isErrorStream: boolean): string | null {
  if (!line.startsWith("{")) return isErrorStream && /^\S*(error|warning|fatal)\b/i.test(line) ? line : null;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== "object" || entry === null || !("level" in entry) || Number(entry.level) < WARNING_LEVEL)
      return null;
    const message = "msg" in entry ? String(entry.msg) : line;
    const error =
      "err" in entry && typeof entry.err === "object" && entry.err && "message" in entry.err ? entry.err.message : "";
    return error ? `${message}: ${error}` : message;
  } catch {
    return null;
  }
}
