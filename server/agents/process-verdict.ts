import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";

/** One run of an agent's program, as the gateway hears it. */
export type AgentProcess = {
  epoch: number;
  bootId: string | null;
  firstSeenAt: Date;
  heardAt: Date;
  /** A person gave the key to another process. */
  isRejected: boolean;
};

/** May it speak, has it to wait for a person, or is it refused for good. */
export const PROCESS_VERDICTS = ["speaks", "waits", "refused"] as const;
export type ProcessVerdict = (typeof PROCESS_VERDICTS)[number];

/** However short its interval, a process is not taken for gone before. */
const ALIVE_SECONDS_MIN = 60;

/** A process that was not heard for longer, in seconds, is taken for gone. */
export function aliveSecondsOf(intervalSeconds: number): number {
  return Math.max(ALIVE_SECONDS_MIN, MISSED_INTERVALS_MAX * intervalSeconds);
}

/** Two processes that were heard side by side for longer, in milliseconds, are not one that began anew. */
const SIDE_BY_SIDE_MILLISECONDS = 10_000;

/**
 * What a process of this epoch may do, given all that were heard with the same key lately. An ordinary restart ends one
 * before the other begins. Of two that run side by side the one whose boot was heard first speaks; should it fall
 * silent, the other may, so that no data waits for a machine that is gone.
 *
 * @param aliveSeconds a process that was not heard for longer is taken for gone
 */
export function judgeProcess(
  epoch: number,
  processes: readonly AgentProcess[],
  aliveSeconds: number,
  now: Date,
): { verdict: ProcessVerdict; isShared: boolean } {
  const own = processes.find((process) => process.epoch === epoch);
  if (!own) return { verdict: "speaks", isShared: false };
  const others = processes.filter((process) => process !== own);
  const isKnownClone = others.some((other) => other.isRejected && other.bootId !== null && other.bootId === own.bootId);
  if (own.isRejected || isKnownClone) return { verdict: "refused", isShared: false };
  const rivals = others.filter((other) => !other.isRejected && ranSideBySide(own, other));
  const isAlive = (process: AgentProcess) => now.getTime() - process.heardAt.getTime() <= aliveSeconds * 1000;
  const mustWait = rivals.some((rival) => isAlive(rival) && isBefore(rival, own, processes));
  return { verdict: mustWait ? "waits" : "speaks", isShared: rivals.length > 0 };
}

/** True when both were heard for a while; one that ended before the other began was only started anew. */
export function ranSideBySide(a: AgentProcess, b: AgentProcess): boolean {
  const bothSince = Math.max(a.firstSeenAt.getTime(), b.firstSeenAt.getTime());
  return Math.min(a.heardAt.getTime(), b.heardAt.getTime()) - bothSince > SIDE_BY_SIDE_MILLISECONDS;
}

/** By when their boots were first heard, so that a restart of the program costs the first one nothing. */
function isBefore(a: AgentProcess, b: AgentProcess, all: readonly AgentProcess[]): boolean {
  const startOf = (process: AgentProcess) => {
    const ofBoot = all.filter((other) => process.bootId !== null && other.bootId === process.bootId);
    return Math.min(...[process, ...ofBoot].map((other) => other.firstSeenAt.getTime()));
  };
  return startOf(a) - startOf(b) < 0 || (startOf(a) === startOf(b) && a.epoch < b.epoch);
}
