import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { listClusterItems } from "./item-queries";
import { getCluster, listClusters } from "./queries";
import { ClusterDetail, ClusterItemList, ClusterItemsInput, ClusterList, ClusterListInput } from "./shapes";

export const clustersRouter = router({
  list: procedureFor("fleet:read")
    .input(ClusterListInput)
    .output(ClusterList)
    .query(({ ctx, input }) => listClusters(ctx.caller, input)),
  get: procedureFor("fleet:read")
    .input(z.object({ clusterId: z.uuid() }))
    .output(ClusterDetail)
    .query(({ ctx, input }) => getCluster(ctx.caller, input.clusterId)),
  items: procedureFor("fleet:read")
    .input(ClusterItemsInput)
    .output(ClusterItemList)
    .query(({ ctx, input }) => listClusterItems(ctx.caller, input)),
});
