import { z } from "zod";
import { asCaller, type Caller } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { storageCost } from "./retention";
import { RETENTION_LIMITS, readSettings, writeSettings } from "./settings";

const days = ({ min, max }: { min: number; max: number }) => z.number().int().min(min).max(max);

/** How long history is kept, within the limits, and by which labels of sites sums are kept besides the sum of all. */
export const StorageSettings = z.object({
  rawDays: days(RETENTION_LIMITS.rawDays),
  fiveMinuteDays: days(RETENTION_LIMITS.fiveMinuteDays),
  hourDays: days(RETENTION_LIMITS.hourDays),
  groupedLabels: z.array(z.string().min(1).max(63)).max(8),
});
export type StorageSettings = z.infer<typeof StorageSettings>;

export const Storage = z.object({
  settings: StorageSettings,
  limits: z.record(z.string(), z.object({ min: z.number(), max: z.number() })),
  cost: z.object({
    tables: z.array(
      z.object({ name: z.string(), bytes: z.number(), ownBytes: z.number(), partitions: z.number().int() }),
    ),
    samples: z.number(),
    bytesPerSample: z.number().nullable(),
    oldestDay: z.string().nullable(),
  }),
});
export type Storage = z.infer<typeof Storage>;

/** What history is kept and what it costs on disk. */
export function getStorage(caller: Caller): Promise<Storage> {
  return asCaller(caller, async (tx) => ({
    settings: await readSettings(tx, caller.orgId),
    limits: RETENTION_LIMITS,
    cost: await storageCost(tx, caller.orgId),
  }));
}

/** Sets how long history is kept. What is past a shorter time goes with the next night; it does not come back. */
export function updateStorage(caller: Caller, input: StorageSettings): Promise<StorageSettings> {
  return asCaller(caller, async (tx) => {
    const before = await readSettings(tx, caller.orgId);
    const after = await writeSettings(tx, caller.orgId, input);
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "telemetry:storage-update",
      subject: { kind: "organisation", id: caller.orgId },
      details: { before, after },
    });
    return after;
  });
}
