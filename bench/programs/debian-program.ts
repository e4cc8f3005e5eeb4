import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, createWriteStream } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { readBenchEnvironment } from "./config";

/** Programs of Debian that benches run beside us, and the package that brings each. */
const PACKAGES = {
  prometheus: "prometheus",
  "prometheus-node-exporter": "prometheus-node-exporter",
  vmagent: "victoria-metrics",
  faketime: "faketime",
} as const;
export type DebianProgram = keyof typeof PACKAGES;

const FOLDERS = ["/usr/bin", "/usr/local/bin"];
const STOP_MILLISECONDS = 5_000;

/** Where a program is. @throws Error in one line that says which package brings it */
export function requireProgram(name: DebianProgram): string {
  for (const folder of FOLDERS) {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return `${folder}/${name}`;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${name} is not installed, and this bench compares with it: apt install ${PACKAGES[name]}`);
}

export type StartedProgram = {
  pid: number;
  ended: Promise<void>;
  /** SIGTERM, and SIGKILL after 5 s. */
  end(): Promise<void>;
};

/** Starts a program with its output in a file; it never outlives this process. */
export function startProgram(
  file: string,
  parameters: readonly string[],
  logFile: string,
  environment: Record<string, string> = {},
): StartedProgram {
  const env = { ...readBenchEnvironment(), ...environment };
  const child: ChildProcess = spawn(file, parameters, { stdio: ["ignore", "pipe", "pipe"], env });
  const log = createWriteStream(logFile);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const ended = new Promise<void>((resolve) => {
    for (const event of ["exit", "error"]) child.once(event, () => resolve());
  }).then(() => {
    process.removeListener("exit", killWithUs);
    log.end();
  });
  return {
    pid: child.pid ?? 0,
    ended,
    end: async () => {
      child.kill("SIGTERM");
      await Promise.race([ended, delay(STOP_MILLISECONDS, undefined, { ref: false })]);
      child.kill("SIGKILL");
      await ended;
    },
  };
}
