import { procedureFor, router } from "@/server/trpc";
import { ChartInput, ChartSeries, getChart } from "./queries";

export const telemetryRouter = router({
  chart: procedureFor("telemetry:read")
    .input(ChartInput)
    .output(ChartSeries)
    .query(({ ctx, input }) => getChart(ctx.caller, input)),
});
