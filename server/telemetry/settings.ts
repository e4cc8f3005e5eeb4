import { eq } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { telemetrySettings } from "@/db/schema/telemetry";

export type TelemetrySettings = {
  /** Labels of sites that five-minute sums are kept by, besides the sum of all. */
  groupedLabels: string[];
  rawDays: number;
  fiveMinuteDays: number;
  hourDays: number;
};

/** As the migration has them; for organisations that never changed any. */
const DEFAULTS: TelemetrySettings = { groupedLabels: ["region"], rawDays: 35, fiveMinuteDays: 90, hourDays: 400 };

/** Days that each kind of history may be kept, at least and at most. */
export const RETENTION_LIMITS = {
  rawDays: { min: 2, max: 400 },
  fiveMinuteDays: { min: 7, max: 800 },
  hourDays: { min: 30, max: 4000 },
} as const;

export async function readSettings(tx: Transaction, orgId: string): Promise<TelemetrySettings> {
  const [row] = await tx
    .select({
      groupedLabels: telemetrySettings.groupedLabels,
      rawDays: telemetrySettings.rawDays,
      fiveMinuteDays: telemetrySettings.fiveMinuteDays,
      hourDays: telemetrySettings.hourDays,
    })
    .from(telemetrySettings)
    .where(eq(telemetrySettings.orgId, orgId));
  return row ?? DEFAULTS;
}

/** Stores what changes. Longer retention holds from now on: what was dropped is gone. */
export async function writeSettings(
  tx: Transaction,
  orgId: string,
  change: Partial<TelemetrySettings>,
): Promise<TelemetrySettings> {
  const settings = { ...(await readSettings(tx, orgId)), ...change };
  const stored = { ...settings, updatedAt: new Date() };
  await tx
    .insert(telemetrySettings)
    .values({ orgId, ...stored })
    .onConflictDoUpdate({ target: telemetrySettings.orgId, set: stored });
  return settings;
}
