import { newestOf } from "./part";

/** Single backups that are told of one schedule. */
const TOLD_MAX = 20;

/** One backup, of whatever system. */
export type Run<T> = {
  object: T;
  /** `unknown`: a phase that this agent does not know; no success. */
  outcome: "succeeded" | "partial" | "failed" | "running" | "unknown";
  startedAt: number | undefined;
  endedAt: number | undefined;
};

const at = ({ endedAt, startedAt }: Run<unknown>) => endedAt ?? startedAt ?? 0;

export function newestRuns<T>(runs: readonly Run<T>[]): Run<T>[] {
  return [...runs].sort((a, b) => at(b) - at(a)).slice(0, TOLD_MAX);
}

/** The newest that is over. */
export const lastRun = <T>(runs: readonly Run<T>[]): Run<T> | undefined =>
  [...runs].filter(({ outcome }) => outcome !== "running").sort((a, b) => at(b) - at(a))[0];

/** What is told of all backups of a schedule. A backup that is not whole is no success. */
export function runSummary(runs: readonly Run<unknown>[]) {
  const having = (outcome: Run<unknown>["outcome"]) => runs.filter((run) => run.outcome === outcome);
  const failures = [...having("failed"), ...having("partial")];
  return {
    figures: {
      backups: runs.length,
      succeeded: having("succeeded").length,
      partial: having("partial").length,
      failed: having("failed").length,
      running: having("running").length,
    },
    moments: {
      lastSuccessAt: newestOf(having("succeeded").map(({ endedAt }) => endedAt)),
      lastFailureAt: newestOf(failures.map(at)),
    },
  };
}
