import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { getFleetSupport } from "./fleet-queries";
import { getPlan, listPlan } from "./plan-queries";
import { FleetSupport, PlanDetail, PlanList, PlanListInput } from "./shapes";

export const supportRouter = router({
  fleet: procedureFor("fleet:read")
    .output(FleetSupport)
    .query(({ ctx }) => getFleetSupport(ctx.caller)),
  plan: router({
    list: procedureFor("fleet:read")
      .input(PlanListInput)
      .output(PlanList)
      .query(({ ctx, input }) => listPlan(ctx.caller, input)),
    get: procedureFor("fleet:read")
      .input(z.object({ clusterId: z.uuid() }))
      .output(PlanDetail)
      .query(({ ctx, input }) => getPlan(ctx.caller, input.clusterId)),
  }),
});
