import { z } from "zod";
import type { LinkProfile } from "@/contract/link-profiles";
import type { EntityKind } from "@/contract/metrics";

/** Bytes over a link by what they were for, and what came of them. */
export const LinkTotals = z.object({
  liveBytes: z.number(),
  backlogBytes: z.number(),
  reportBytes: z.number(),
  /** Questions and answers of the session, both ways. */
  controlBytes: z.number(),
  /** Of the transport, both ways: WebSocket or HTTP, TLS, TCP and IP. */
  framingBytes: z.number(),
  totalBytes: z.number(),
  samples: z.number(),
  connects: z.number(),
  /** Moments at the edge that were folded into coarser ones, and given up, to keep to the disk's limit. */
  thinnedMoments: z.number(),
  droppedMoments: z.number(),
  /** Messages and connections that the gateway turned away; what was in them is sent again. */
  refusals: z.number(),
  /** Time that these figures cover. */
  seconds: z.number(),
});
export type LinkTotals = z.infer<typeof LinkTotals>;

/** The readings that the totals are made of. */
export const LINK_READINGS = [
  "spanSeconds",
  "liveBytes",
  "backlogBytes",
  "reportBytes",
  "controlBytes",
  "framingSentBytes",
  "framingReceivedBytes",
  "controlReceivedBytes",
  "connects",
  "thinnedMoments",
  "droppedMoments",
  "refusals",
  "samples",
] as const;
export type LinkSums = Record<(typeof LINK_READINGS)[number], number>;

/** Totals of the sums of a link's counters. */
export function linkTotals(sums: LinkSums): LinkTotals {
  const controlBytes = sums.controlBytes + sums.controlReceivedBytes;
  const framingBytes = sums.framingSentBytes + sums.framingReceivedBytes;
  const { liveBytes, backlogBytes, reportBytes, samples, connects, thinnedMoments, droppedMoments, refusals } = sums;
  return {
    liveBytes,
    backlogBytes,
    reportBytes,
    controlBytes,
    framingBytes,
    totalBytes: liveBytes + backlogBytes + reportBytes + controlBytes + framingBytes,
    samples,
    connects,
    thinnedMoments,
    droppedMoments,
    refusals,
    seconds: sums.spanSeconds,
  };
}

/** Figures of several links together; null of none. The time is the longest of them, not their sum. */
export function addTotals(totals: readonly LinkTotals[]): LinkTotals | null {
  const [first, ...others] = totals;
  if (!first) return null;
  return others.reduce(
    (sum, one) => ({
      liveBytes: sum.liveBytes + one.liveBytes,
      backlogBytes: sum.backlogBytes + one.backlogBytes,
      reportBytes: sum.reportBytes + one.reportBytes,
      controlBytes: sum.controlBytes + one.controlBytes,
      framingBytes: sum.framingBytes + one.framingBytes,
      totalBytes: sum.totalBytes + one.totalBytes,
      samples: sum.samples + one.samples,
      connects: sum.connects + one.connects,
      thinnedMoments: sum.thinnedMoments + one.thinnedMoments,
      droppedMoments: sum.droppedMoments + one.droppedMoments,
      refusals: sum.refusals + one.refusals,
      seconds: Math.max(sum.seconds, one.seconds),
    }),
    first,
  );
}

const DAY_SECONDS = 86_400;
const LEAN_KINDS: readonly string[] = ["machine", "filesystem", "link"] satisfies EntityKind[];
const LEAN = { intervalSeconds: 60, batchSeconds: 300 };
const HEARTBEAT_SECONDS = 900;
/** Shorter than this, a connection's own cost weighs too much to say what a day costs. */
const MEASURED_SECONDS_MIN = 600;

/** How an agent sends. */
export type LinkHabit = {
  profile: LinkProfile;
  intervalSeconds: number;
  batchSeconds: number;
  /** Readings of one moment by kind of entity, in the full profile. */
  readings: Readonly<Record<string, number>>;
};

/** Samples and messages of one day in a profile. */
function dayOf(habit: LinkHabit, profile: LinkProfile): { samples: number; messages: number } {
  const kinds = Object.entries(habit.readings);
  const readingsOf = (isSent: (kind: string) => boolean) =>
    kinds.reduce((sum, [kind, count]) => sum + (isSent(kind) ? count : 0), 0);
  switch (profile) {
    case "full":
      return {
        samples: (readingsOf(() => true) * DAY_SECONDS) / habit.intervalSeconds,
        messages: DAY_SECONDS / Math.max(habit.intervalSeconds, habit.batchSeconds),
      };
    case "lean": {
      const interval = Math.max(LEAN.intervalSeconds, habit.intervalSeconds);
      return {
        samples: (readingsOf((kind) => LEAN_KINDS.includes(kind)) * DAY_SECONDS) / interval,
        messages: DAY_SECONDS / Math.max(interval, LEAN.batchSeconds),
      };
    }
    case "heartbeat": {
      const interval = Math.max(HEARTBEAT_SECONDS, habit.intervalSeconds);
      return {
        samples: (readingsOf((kind) => kind === "machine") * DAY_SECONDS) / interval,
        messages: DAY_SECONDS / interval,
      };
    }
  }
}

/**
 * What a day in a profile would cost, in bytes, from what was measured: payload by the sample, transport and answers by
 * the message, reports as they were. What the link did in its own profile is that cost. Null while too little is known.
 */
export function projectedBytesPerDay(totals: LinkTotals, habit: LinkHabit, profile: LinkProfile): number | null {
  if (totals.seconds < MEASURED_SECONDS_MIN || totals.samples <= 0) return null;
  const days = totals.seconds / DAY_SECONDS;
  if (profile === habit.profile) return totals.totalBytes / days;
  const { samples, messages } = dayOf(habit, profile);
  const measured = dayOf(habit, habit.profile);
  const bytesPerSample = (totals.liveBytes + totals.backlogBytes) / totals.samples;
  const bytesPerMessage = (totals.framingBytes + totals.controlBytes) / days / measured.messages;
  return bytesPerSample * samples + bytesPerMessage * messages + totals.reportBytes / days;
}
