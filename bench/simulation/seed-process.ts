import { simulateSeed } from "./simulate-seed";

/** Runs one seed after the other, as the parent hands them out. */
process.on("message", ({ seed, hours, without }: { seed: number; hours: number; without: string[] }) => {
  simulateSeed(seed, hours, without).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ seed, crashed: words });
    },
  );
});
process.on("disconnect", () => process.exit(0));
