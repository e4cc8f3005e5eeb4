import { z } from "zod";
import { ListInput } from "@/server/lists/shapes";
import { procedureFor, router } from "@/server/trpc";
import { getClusterCapacity } from "./cluster-capacity";
import { getOutlook } from "./outlook";
import { ClusterCapacity, Outlook, OutlookInput, UnitList } from "./shapes";
import { listUnits } from "./unit-queries";

export const storageRouter = router({
  list: procedureFor("fleet:read")
    .input(ListInput)
    .output(UnitList)
    .query(({ ctx, input }) => listUnits(ctx.caller, input)),
  cluster: procedureFor("fleet:read")
    .input(z.object({ clusterId: z.uuid() }))
    .output(ClusterCapacity)
    .query(({ ctx, input }) => getClusterCapacity(ctx.caller, input.clusterId)),
  outlook: procedureFor("telemetry:read")
    .input(OutlookInput)
    .output(Outlook)
    .query(({ ctx, input }) => getOutlook(ctx.caller, input)),
});
