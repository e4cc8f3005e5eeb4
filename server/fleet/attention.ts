import { CLOCK_OFFSET_SECONDS_MAX } from "@/server/telemetry/model";
import { type Connectivity, FILL_CRITICAL_RATIO, fillSeverity, isClockUnsure } from "./model";
import type { Attention } from "./shapes";

/** What of a machine and its agent can need a person. */
export type AttentionInput = {
  machineId: string;
  name: string;
  siteName: string;
  connectivity: Connectivity;
  agentId: string | null;
  lastReceivedAt: Date | null;
  enrolledAt: Date | null;
  intervalSeconds: number | null;
  isContested: boolean;
  sharedSince: Date | null;
  filesystemUsedRatioMax: number | null;
  filesystemFullestKey: string | null;
  memoryTotalBytes: number | null;
  memoryUsedBytes: number | null;
  clockOffsetSeconds: number | null;
  clockUnsureAt: Date | null;
  droppedMoments: number;
  spoolError: string | null;
  /** It is silent as part of an outage, which is a line of its own. */
  isInOutage: boolean;
  isSimulated: boolean;
};

/** What every line says unless it says otherwise. */
export const PLAIN_LINE = {
  figure: null,
  detail: null,
  since: null,
  affected: 1,
  isSimulated: false,
  outage: null,
} satisfies Partial<Attention>;

/** A machine or cluster that was just enrolled gets this long, in seconds, before its silence is worth a line. */
export const FIRST_REPORT_SECONDS = 300;

/** All that is wrong with one machine; figures of a silent machine are of the past and raise nothing. */
export function attentionOf(machine: AttentionInput, now: Date): Attention[] {
  const line = (
    kind: Attention["kind"],
    severity: Attention["severity"],
    more: Partial<Pick<Attention, "figure" | "detail" | "since">> = {},
  ): Attention => ({
    kind,
    severity,
    machineId: machine.machineId,
    clusterId: null,
    agentId: machine.agentId,
    name: machine.name,
    siteName: machine.siteName,
    ...PLAIN_LINE,
    isSimulated: machine.isSimulated,
    ...more,
  });
  const lines: Attention[] = [];
  if (machine.connectivity === "revoked") return lines;
  if (machine.isContested) lines.push(line("collision", "critical"));
  if (machine.sharedSince) lines.push(line("shared", "critical", { since: machine.sharedSince }));
  if (machine.connectivity === "offline") {
    if (!machine.isInOutage) lines.push(line("offline", "critical", { since: machine.lastReceivedAt }));
    return lines;
  }
  if (machine.connectivity === "never") {
    const waitedSeconds = machine.enrolledAt ? (now.getTime() - machine.enrolledAt.getTime()) / 1000 : 0;
    if (waitedSeconds > FIRST_REPORT_SECONDS) lines.push(line("never", "warning", { since: machine.enrolledAt }));
    return lines;
  }

  const fill = fillSeverity(machine.filesystemUsedRatioMax);
  if (fill === "warning" || fill === "critical") {
    lines.push(
      line("filesystem", fill, { figure: machine.filesystemUsedRatioMax, detail: machine.filesystemFullestKey }),
    );
  }
  if (machine.memoryTotalBytes !== null && machine.memoryUsedBytes !== null) {
    const ratio = machine.memoryUsedBytes / machine.memoryTotalBytes;
    if (ratio >= FILL_CRITICAL_RATIO) lines.push(line("memory", "warning", { figure: ratio }));
  }
  if (machine.clockOffsetSeconds !== null && Math.abs(machine.clockOffsetSeconds) > CLOCK_OFFSET_SECONDS_MAX) {
    lines.push(line("clock", "warning", { figure: machine.clockOffsetSeconds }));
  }
  if (isClockUnsure(machine.clockUnsureAt, now)) {
    lines.push(line("clockUnsure", "warning", { since: machine.clockUnsureAt }));
  }
  if (machine.spoolError !== null || machine.droppedMoments > 0) {
    lines.push(line("spool", "warning", { figure: machine.droppedMoments, detail: machine.spoolError }));
  }
  return lines;
}

/** Stands for "since when is not known" in the order; a number, because infinity minus infinity is none. */
const LATEST = Number.MAX_SAFE_INTEGER;

/** By consequence: critical before warning, within that what reaches furthest, what has lasted longest, then by name. */
export function rankAttention(lines: readonly Attention[]): Attention[] {
  const weight = { critical: 0, warning: 1 };
  return [...lines].sort(
    (a, b) =>
      weight[a.severity] - weight[b.severity] ||
      b.affected - a.affected ||
      (a.since?.getTime() ?? LATEST) - (b.since?.getTime() ?? LATEST) ||
      a.name.localeCompare(b.name),
  );
}
