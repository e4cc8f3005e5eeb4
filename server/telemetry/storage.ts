import { desc, eq } from "drizzle-orm";
import { z } from "zod";
import { isEntityKind, metricsOf } from "@/contract/metrics";
import type { Transaction } from "@/db/client";
import { telemetryAudits } from "@/db/schema/telemetry";
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

/** A sum in whole steps of its reading, of any length, and of how many parts it is. */
const SumOfParts = z.object({ sum: z.string(), count: z.number().int() });
const Limit = z.object({ min: z.number(), max: z.number() });
const HistoryKind = z.object({ bytes: z.number(), oldestDay: z.string().nullable(), days: z.number().int() });

export const Storage = z.object({
  settings: StorageSettings,
  limits: z.object({ rawDays: Limit, fiveMinuteDays: Limit, hourDays: Limit }),
  cost: z.object({
    tables: z.array(
      z.object({ name: z.string(), bytes: z.number(), ownBytes: z.number().nullable(), partitions: z.number().int() }),
    ),
    samples: z.number(),
    bytesPerSample: z.number().nullable(),
    oldestDay: z.string().nullable(),
    /** Of this organisation; bytes divided by days is what one more day costs. */
    kinds: z.object({ raw: HistoryKind, fiveMinutes: HistoryKind, hours: HistoryKind }),
  }),
  /** What the nightly audit found, the newest first; none before the first night. */
  audits: z.array(
    z.object({
      at: z.date(),
      /** Sums that were computed anew from readings, and those among them that had been stored otherwise. */
      checked: z.number().int(),
      different: z.number().int(),
      detail: z.array(
        z.object({ kind: z.string(), metric: z.string(), at: z.date(), stored: SumOfParts, recomputed: SumOfParts }),
      ),
    }),
  ),
});
export type Storage = z.infer<typeof Storage>;

/** What history is kept and what it costs on disk. */
export function getStorage(caller: Caller): Promise<Storage> {
  return asCaller(caller, async (tx) => ({
    settings: await readSettings(tx, caller.orgId),
    limits: RETENTION_LIMITS,
    cost: await storageCost(tx, caller.orgId),
    audits: await listAudits(tx, caller.orgId),
  }));
}

const AUDITS_MAX = 30;
const DETAIL_MAX = 10;

async function listAudits(tx: Transaction, orgId: string): Promise<Storage["audits"]> {
  const rows = await tx
    .select({
      at: telemetryAudits.at,
      checked: telemetryAudits.checked,
      different: telemetryAudits.different,
      detail: telemetryAudits.detail,
    })
    .from(telemetryAudits)
    .where(eq(telemetryAudits.orgId, orgId))
    .orderBy(desc(telemetryAudits.at), desc(telemetryAudits.id))
    .limit(AUDITS_MAX);
  return rows.map(({ detail, ...row }) => ({
    ...row,
    detail: detail.slice(0, DETAIL_MAX).map(({ kind, metric, at, stored, recomputed }) => ({
      kind,
      metric: (isEntityKind(kind) && metricsOf(kind)[metric]?.name) || String(metric),
      at: new Date(at),
      stored: partsOf(stored),
      recomputed: partsOf(recomputed),
    })),
  }));
}

/** As the audit wrote it down: `1234 of 12`. */
function partsOf(text: string): z.infer<typeof SumOfParts> {
  const [sum = "", count] = text.split(" of ");
  return { sum, count: Number(count ?? 0) };
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
