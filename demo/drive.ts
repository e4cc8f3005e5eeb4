import { mkdir } from "node:fs/promises";
import { type FolderLock, lockFolder } from "@/db/folder-lock";
import { type DemoOptions, startDemo } from "./run-demo";

const SAVE_MS = 60_000;
const TICK_MS = 1_000;
/** The same trouble of many agents is one line, and its count. */
const SAY_MS = 10_000;

/**
 * Drives a fleet until it is told to stop. One process drives a folder's fleet at a time.
 * @throws FolderLockedError, and whatever the database or the gateway's door says
 */
export async function driveFleet(options: Omit<DemoOptions, "now" | "signal">, signal: AbortSignal): Promise<void> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const lock: FolderLock = lockFolder(options.folder);
  const failures = new Map<string, number>();
  const say = setInterval(() => {
    for (const [reason, count] of failures) options.log(count > 1 ? `${reason} (${count} times)` : reason);
    failures.clear();
  }, SAY_MS);
  try {
    const now = () => Math.floor(Date.now() / 1000);
    const log = (line: string) => {
      // Without the name of the agent: a gateway that starts anew is one line, not hundreds.
      const reason = line.slice(line.indexOf(": ") + 2);
      failures.set(reason, (failures.get(reason) ?? 0) + 1);
    };
    const { driver, enrolled, save } = await startDemo({ ...options, now, log, signal });
    const tick = setInterval(() => driver.advance(now()), TICK_MS);
    const saving = setInterval(() => void save().catch((error: unknown) => log(`fleet.json: ${error}`)), SAVE_MS);
    void enrolled.then(
      (newcomers) => options.log(`${driver.agents.length} simulated agents, ${newcomers} of them new`),
      (error: unknown) => log(`enrolment: ${error instanceof Error ? error.message : String(error)}`),
    );
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    clearInterval(tick);
    clearInterval(saving);
    driver.close();
    await save();
  } finally {
    clearInterval(say);
    lock.release();
  }
}
