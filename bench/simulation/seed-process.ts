import { type SeedPlan, simulate } from "./simulate-seed";

/** Runs one seed after the other, as the parent hands them out. */
process.on("message", (plan: SeedPlan) => {
  simulate(plan).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ seed: plan.seed, crashed: words });
    },
  );
});
process.on("disconnect", () => process.exit(0));
