import type { TaskList } from "graphile-worker";
import type { Database } from "@/db/client";
import { watchOutages } from "@/server/outages/watch";
import { forgetWords, learnWords } from "@/server/search/learn-words";
import { settlePending } from "@/server/senders/settle-pending";
import { forecastClusters } from "@/server/storage/forecast-clusters";
import { auditOrganisation } from "@/server/telemetry/audit";
import { compactOrganisation } from "@/server/telemetry/compact";
import { foldOrganisation } from "@/server/telemetry/fold";
import { maintainPartitions } from "@/server/telemetry/partitions";
import { expireOrganisation } from "@/server/telemetry/retention";
import { sealOrganisation } from "@/server/telemetry/seal";

/** Minute hour day month weekday, in UTC; `!` gives what a missed run is made up for. */
export const CRONTAB = [
  "* * * * * compact-telemetry ?max=2&jobKey=compact-telemetry",
  "* * * * * watch-outages ?max=1&jobKey=watch-outages",
  "* * * * * settle-senders ?max=2&jobKey=settle-senders",
  "* * * * * learn-words ?max=2&jobKey=learn-words",
  "*/10 * * * * forecast-storage ?max=2&jobKey=forecast-storage",
  "50 5 * * * forget-words ?fill=1d&max=3",
  "11 * * * * fold-telemetry ?max=3&jobKey=fold-telemetry",
  "17 * * * * maintain-telemetry ?fill=1d&max=3",
  "30 6 * * * seal-telemetry ?fill=1d&max=3",
  "10 7 * * * audit-telemetry ?fill=1d&max=3",
].join("\n");

export function tasksFor(database: Database): TaskList {
  return {
    "compact-telemetry": async (_payload, { logger }) => {
      for (const orgId of await listOrganisations(database)) {
        const done = await compactOrganisation(database, orgId);
        if (done.frames === 0) continue;
        logger.info(
          `compaction: ${done.frames} frames of ${done.streams} streams into ${done.chunks} chunks; ${done.setAside} set aside, ${done.failed} streams failed`,
        );
      }
    },
    // The timetable knows minutes; whoever is called by it comes once more at the half of its own.
    "watch-outages": async (payload, { addJob, logger }) => {
      const isHalf = typeof payload === "object" && payload !== null && "isHalf" in payload;
      if (!isHalf) {
        const runAt = new Date(Date.now() + 30_000);
        await addJob("watch-outages", { isHalf: true }, { runAt, jobKey: "watch-outages-half", maxAttempts: 1 });
      }
      for (const orgId of await listOrganisations(database)) {
        const { begun, ended } = await watchOutages(database, orgId);
        if (begun + ended > 0) logger.info(`outages: ${begun} began, ${ended} ended`);
      }
    },
    // A gateway does it every few seconds for the senders that it knows; this is for those whose gateway went away.
    "settle-senders": async () => {
      for (const orgId of await listOrganisations(database)) await settlePending(database, orgId, new Date());
    },
    "learn-words": async () => {
      for (const orgId of await listOrganisations(database)) await learnWords(database, orgId);
    },
    "forget-words": async () => {
      for (const orgId of await listOrganisations(database)) await forgetWords(database, orgId);
    },
    "forecast-storage": async (_payload, { logger }) => {
      for (const orgId of await listOrganisations(database)) {
        const { clusters, units } = await forecastClusters(database, orgId);
        if (clusters > 0) logger.info(`forecasts: ${units} pools and volumes of ${clusters} clusters`);
      }
    },
    "fold-telemetry": async (_payload, { logger }) => {
      for (const orgId of await listOrganisations(database)) {
        const { rows, stripDays } = await foldOrganisation(database, orgId);
        if (rows > 0) logger.info(`fold: sums of ${rows} streams' hours and days into ${stripDays} strips`);
      }
    },
    "maintain-telemetry": async (_payload, { logger }) => {
      const done = await maintainPartitions(database);
      logger.info(
        `partitions: ${done.created} made; ${done.inboxDropped} of the inbox and ${done.expiredDropped} past keeping dropped`,
      );
    },
    "seal-telemetry": async (_payload, { logger }) => {
      for (const orgId of await listOrganisations(database)) {
        const sealed = await sealOrganisation(database, orgId);
        const expired = await expireOrganisation(database, orgId);
        logger.info(
          `sealed ${sealed.days} days of streams (${sealed.tooLarge} too large for one chunk); ${expired.chunks} chunks past keeping deleted`,
        );
      }
    },
    "audit-telemetry": async (_payload, { logger }) => {
      for (const orgId of await listOrganisations(database)) {
        const { checked, different } = await auditOrganisation(database, orgId);
        if (different > 0)
          logger.error(`audit of ${orgId}: ${different} of ${checked} sums are not what they should be`);
      }
    },
  };
}

async function listOrganisations(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>("select list_organisation_ids() as id");
  return rows.map((row) => row.id);
}
