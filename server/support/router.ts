import { z } from "zod";
import { getConsoleConfig } from "@/server/config";
import { procedureFor, router } from "@/server/trpc";
import { createFeed, getFeed, revokeFeed } from "./feeds";
import { getFleetSupport } from "./fleet-queries";
import { getPlan, listPlan } from "./plan-queries";
import { FEED_LANGUAGES, FleetSupport, PlanDetail, PlanList, PlanListInput, SupportFeed } from "./shapes";

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
  feed: router({
    get: procedureFor("support:subscribe")
      .output(SupportFeed.nullable())
      .query(({ ctx }) => getFeed(ctx.caller)),
    create: procedureFor("support:subscribe")
      .input(z.object({ language: z.enum(FEED_LANGUAGES) }))
      .output(z.object({ url: z.string() }))
      .mutation(async ({ ctx, input }) => {
        const { token } = await createFeed(ctx.caller, input.language);
        return { url: `${getConsoleConfig().CONSOLE_URL.replace(/\/$/, "")}/api/support.ics?token=${token}` };
      }),
    revoke: procedureFor("support:subscribe")
      .output(z.void())
      .mutation(({ ctx }) => revokeFeed(ctx.caller)),
  }),
});
