import { simulateSeed } from "./simulate-seed";

/** Runs one seed after the other, as the parent hands them out. */
process.on("message", ({ seed, hours }: { seed: number; hours: number }) => {
  simulateSeed(seed, hours).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ seed, crashed: words });
    },
  );
});
process.on("disconnect", () => process.exit(0));
