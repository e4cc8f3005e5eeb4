import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { readOptions } from "@/bench/options";
import { describeResult, isGood, replayCommand, type SeedResult } from "./seed-result";
import { simulate } from "./simulate-seed";

/**
 * `npm run simulate`: the real agent engine, codec and merge in virtual time, with everything going wrong. One seed is one
 * day; `--seed 7` replays one and tells about it, `--seeds 10000` runs many, `--without clockStep,bitFlip` leaves faults out.
 * `--dark 72` is another day: so many hours without a link, with a spool too small for them. Ends with 1 when anything
 * is lost, doubled, altered or invented.
 */

const options = readOptions({
  seed: 0,
  seeds: 1_000,
  from: 1,
  hours: 24,
  dark: 0,
  processes: availableParallelism(),
  without: "",
});
const without = options.without.split(",");
const plan = { hours: options.hours, darkHours: options.dark, without };
const FAILURES_SHOWN_MAX = 20;

type Answer = SeedResult | { seed: number; crashed: string };

/** Hands out seeds to the processes until none are left. */
async function runMany(onAnswer: (answer: Answer) => void): Promise<void> {
  let next = options.from;
  const end = options.from + options.seeds;
  const work = (child: ChildProcess) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (next >= end) {
          child.disconnect();
          return resolve();
        }
        child.send({ ...plan, seed: next });
        next += 1;
      };
      child.on("message", (answer: Answer) => {
        onAnswer(answer);
        give();
      });
      child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a process ended with code ${code}`))));
      give();
    });
  const file = fileURLToPath(new URL("./seed-process.ts", import.meta.url));
  const children = Array.from({ length: options.processes }, () => fork(file, [], { execArgv: ["--import", "tsx"] }));
  await Promise.all(children.map(work));
}

async function main(): Promise<void> {
  if (options.seed !== 0) {
    const result = await simulate({ ...plan, seed: options.seed });
    console.log(describeResult(result, options.dark));
    console.log(JSON.stringify(result));
    if (!isGood(result)) process.exitCode = 1;
    return;
  }
  const startedAt = performance.now();
  const total = { seeds: 0, failed: 0, read: 0, stored: 0, lost: 0, doubled: 0, altered: 0, invented: 0 };
  const accounted = { misdated: 0, setAside: 0, thinned: 0 };
  const faults: Record<string, number> = {};
  await runMany((answer) => {
    total.seeds += 1;
    const isBad = "crashed" in answer || !isGood(answer);
    if (isBad) total.failed += 1;
    if (isBad && total.failed <= FAILURES_SHOWN_MAX) {
      console.log(
        "crashed" in answer
          ? `seed ${answer.seed}: ${answer.crashed}\n    again: ${replayCommand(answer.seed, options.dark)}`
          : describeResult(answer, options.dark),
      );
    }
    if ("crashed" in answer) return;
    for (const name of ["read", "stored", "lost", "doubled", "altered", "invented"] as const)
      total[name] += answer[name];
    for (const name of ["misdated", "setAside", "thinned"] as const) accounted[name] += answer[name];
    for (const [name, count] of Object.entries(answer.faults)) faults[name] = (faults[name] ?? 0) + count;
    if (total.seeds % 500 === 0) console.log(`${total.seeds} seeds, ${total.failed} failed`);
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(
    JSON.stringify({ ...total, ...accounted, faults, hoursEach: options.hours, darkHours: options.dark, seconds }),
  );
  if (total.failed > 0) process.exitCode = 1;
}

await main();
