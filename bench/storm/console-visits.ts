import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Stage } from "@/bench/programs/stage";
import { openDatabase } from "@/db/client";
import { ConsoleVisitor } from "@/e2e/system/console-visitor";
import { freePort, type Program, startConsole } from "@/e2e/system/programs";
import { createMember, PASSWORD } from "@/server/testing/people";

/** What somebody who looks at a storm opens, once a second each, as the console's pages ask for it. */
const READS = {
  overview: ["fleet.overview", {}],
  machines: ["fleet.machines.list", { limit: 100 }],
  offline: ["fleet.machines.list", { limit: 100, connectivity: ["offline"] }],
} as const;
type ReadName = keyof typeof READS;
export type ConsoleTimes = Record<ReadName, number[]> & { failed: string[] };

/** The production build of the console, and an owner who is signed in. Needs `npm run build`. */
export async function openConsole(stage: Stage, orgId: string): Promise<{ program: Program; visitor: ConsoleVisitor }> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const program = await startConsole(port, {
    DATABASE_URL: stage.roles.appUrl,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    CONSOLE_URL: url,
  });
  const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-people", connectionsMax: 1 });
  const owner = await createMember({ admin: stage.admin, database }, orgId, {
    email: "owner@storm.test",
    role: "owner",
  });
  await database.close();
  const visitor = new ConsoleVisitor(url);
  await visitor.signIn(owner.email, PASSWORD);
  return { program, visitor };
}

/** Opens the pages until the signal. @returns how long each answer took, in milliseconds */
export async function visit(visitor: ConsoleVisitor, signal: AbortSignal): Promise<ConsoleTimes> {
  const times: ConsoleTimes = { overview: [], machines: [], offline: [], failed: [] };
  const names = Object.keys(READS) as ReadName[];
  while (!signal.aborted) {
    for (const name of names) {
      const [path, input] = READS[name];
      const startedAt = performance.now();
      await visitor.query(path, input).catch((error: Error) => times.failed.push(`${name}: ${error.message}`));
      times[name].push(performance.now() - startedAt);
    }
    await delay(1_000);
  }
  return times;
}
