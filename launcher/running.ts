import { rmSync } from "node:fs";
import type { EmbeddedPostgres } from "@/db/embedded";
import type { FolderLock } from "@/db/folder-lock";
import type { ChildProgram } from "./child-program";

/** SIGTERM to SIGKILL. Together with Postgres' own 4 s a stop stays below 10 s. */
const AGENT_GRACE_MILLISECONDS = 2_000;
const PROGRAM_GRACE_MILLISECONDS = 3_000;

const isFleet = ({ name }: ChildProgram): boolean => name === "agent" || name === "demo";

/** Everything that was started so far, so that it can be stopped at any moment, in the right order. */
export class Running {
  readonly programs: ChildProgram[] = [];
  embedded: EmbeddedPostgres | null = null;
  lock: FolderLock | null = null;
  runtimeFile: string | null = null;
  #stopped: Promise<void> | null = null;

  /** Stops the agent and the demo fleet, then console, gateway and worker, then Postgres. A second call waits for the first. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Ends all of it at once; Postgres recovers at the next start. */
  kill(): void {
    for (const program of this.programs) program.kill();
    if (this.embedded) {
      try {
        process.kill(this.embedded.pid, "SIGQUIT");
      } catch {
        // It ended already.
      }
    }
    this.#forget();
  }

  async #stopAll(): Promise<void> {
    const agents = this.programs.filter(isFleet);
    const others = this.programs.filter((program) => !isFleet(program));
    await Promise.all(agents.map((program) => program.stop(AGENT_GRACE_MILLISECONDS)));
    await Promise.all(others.map((program) => program.stop(PROGRAM_GRACE_MILLISECONDS)));
    await this.embedded?.stop();
    this.#forget();
  }

  #forget(): void {
    if (this.runtimeFile) rmSync(this.runtimeFile, { force: true });
    this.lock?.release();
  }
}
