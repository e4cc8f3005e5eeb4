import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { countOutages, getOutage, listOutageMembers, listOutageSites, listOutages } from "./queries";
import { OutageDetail, OutageList, OutageMembers, OutageMembersInput, OutageSites } from "./shapes";

export const outagesRouter = router({
  list: procedureFor("fleet:read")
    .output(OutageList)
    .query(({ ctx }) => listOutages(ctx.caller)),
  count: procedureFor("fleet:read")
    .output(z.number().int())
    .query(({ ctx }) => countOutages(ctx.caller)),
  get: procedureFor("fleet:read")
    .input(z.object({ outageId: z.uuid() }))
    .output(OutageDetail)
    .query(({ ctx, input }) => getOutage(ctx.caller, input.outageId)),
  sites: procedureFor("fleet:read")
    .input(z.object({ outageId: z.uuid() }))
    .output(OutageSites)
    .query(({ ctx, input }) => listOutageSites(ctx.caller, input.outageId)),
  members: procedureFor("fleet:read")
    .input(OutageMembersInput)
    .output(OutageMembers)
    .query(({ ctx, input }) => listOutageMembers(ctx.caller, input)),
});
