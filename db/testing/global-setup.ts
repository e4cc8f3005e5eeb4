import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "@/db/embedded";
import { migrate } from "@/db/migrate";
import { type LoginRoles, provisionLoginRoles } from "@/db/roles";

/** What every database test is given: the URLs of the migrated template, from which it clones its own database. */
export type TestServer = LoginRoles & { adminUrl: string };

declare module "vitest" {
  export interface ProvidedContext {
    testServer: TestServer;
  }
}

/**
 * Starts one embedded Postgres for the whole run, on a free port and in a folder of its own, and brings its database
 * to the newest schema with the real migrations. Tests clone that database and never write to it.
 *
 * @returns the teardown: stops the server and removes the folder
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), "fernblick-test-"));
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false }).catch((error: unknown) => {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  });
  const teardown = async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await migrate(postgres.adminUrl);
    const roles = await provisionLoginRoles(postgres.adminUrl, {
      suffix: "test",
      appPassword: "app-password-of-tests",
      workerPassword: "worker-password-of-tests",
    });
    project.provide("testServer", { adminUrl: postgres.adminUrl, ...roles });
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}
