import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { getClusterCapacity } from "./cluster-capacity";
import { getOutlook } from "./outlook";
import { ClusterCapacity, Outlook, OutlookInput } from "./shapes";

export const storageRouter = router({
  cluster: procedureFor("fleet:read")
    .input(z.object({ clusterId: z.uuid() }))
    .output(ClusterCapacity)
    .query(({ ctx, input }) => getClusterCapacity(ctx.caller, input.clusterId)),
  outlook: procedureFor("telemetry:read")
    .input(OutlookInput)
    .output(Outlook)
    .query(({ ctx, input }) => getOutlook(ctx.caller, input)),
});
