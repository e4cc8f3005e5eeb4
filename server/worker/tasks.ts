import type { TaskList } from "graphile-worker";
import type { Database } from "@/db/client";
import { maintainTelemetry } from "@/server/telemetry/maintain";

/** Minute hour day month weekday, in UTC; `!` gives what a missed run is made up for. */
export const CRONTAB = "17 * * * * maintain-telemetry ?fill=1d&max=3";

export function tasksFor(database: Database): TaskList {
  return {
    "maintain-telemetry": async (_payload, { logger }) => {
      const done = await maintainTelemetry(database);
      logger.info(`partitions: ${done.created} made, ${done.dropped} dropped; ${done.batches} batch keys forgotten`);
    },
  };
}
