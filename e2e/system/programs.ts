import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { readAgentEnvironment } from "@/e2e/fixtures/config";

const built = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
export const AGENT_FILE = built("fernblick-agent.cjs");
const GATEWAY_FILE = built("gateway.mjs");
const CONSOLE_FILE = fileURLToPath(new URL("../../.next/standalone/server.js", import.meta.url));

export type Program = {
  process: ChildProcess;
  /** Everything that it printed. */
  output(): string;
  /** Ends it and waits until it is gone; null when a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  ended: Promise<number | null>;
};

function start(file: string, parameters: string[], env: Record<string, string>): Program {
  if (!existsSync(file)) throw new Error(`${file} is missing: build first (npm run build)`);
  const child = spawn(process.execPath, [file, ...parameters], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...readAgentEnvironment(), ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    process: child,
    output: () => output,
    ended,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** The real gateway; resolves when it is ready. */
export async function startGateway(databaseUrl: string, port: number): Promise<Program> {
  const gateway = start(GATEWAY_FILE, [], {
    DATABASE_URL: databaseUrl,
    GATEWAY_PORT: String(port),
    FERNBLICK_LOG_LEVEL: "warn",
  });
  await until("the gateway is ready", async () => {
    if (gateway.process.exitCode !== null) throw new Error(`the gateway ended: ${gateway.output()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    return answer?.status === 200;
  });
  return gateway;
}

/** The production build of the console; resolves when it answers. */
export async function startConsole(port: number, env: Record<string, string>): Promise<Program> {
  const program = start(CONSOLE_FILE, [], { ...env, PORT: String(port), HOSTNAME: "127.0.0.1" });
  await until("the console answers", async () => {
    if (program.process.exitCode !== null) throw new Error(`the console ended: ${program.output()}`);
    const answer = await fetch(`http://localhost:${port}/api/health`).catch(() => null);
    return answer?.status === 200;
  });
  return program;
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** The real agent with one of its commands; `intervalSeconds` may be shorter than any server would ask for. */
export function startAgent(parameters: string[], dataFolder: string, intervalSeconds: number): Program {
  return start(AGENT_FILE, [...parameters, "--data", dataFolder], {
    FERNBLICK_AGENT_INTERVAL: String(intervalSeconds),
  });
}

const DEADLINE_MS = 60_000;
const LOOK_AGAIN_MS = 50;

/** Waits for a condition. @throws Error that names it when it does not come true in time */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs / 1000} s in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
