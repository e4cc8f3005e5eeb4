import { z } from "zod";
import { ListInput } from "@/server/lists/shapes";
import { procedureFor, router } from "@/server/trpc";
import { listApplications } from "./applications";
import { listClusterItems } from "./item-queries";
import { getCluster, listClusters } from "./queries";
import { ApplicationList, ClusterDetail, ClusterItemList, ClusterItemsInput, ClusterList } from "./shapes";

export const clustersRouter = router({
  list: procedureFor("fleet:read")
    .input(ListInput)
    .output(ClusterList)
    .query(({ ctx, input }) => listClusters(ctx.caller, input)),
  applications: procedureFor("fleet:read")
    .input(ListInput)
    .output(ApplicationList)
    .query(({ ctx, input }) => listApplications(ctx.caller, input)),
  get: procedureFor("fleet:read")
    .input(z.object({ clusterId: z.uuid() }))
    .output(ClusterDetail)
    .query(({ ctx, input }) => getCluster(ctx.caller, input.clusterId)),
  items: procedureFor("fleet:read")
    .input(ClusterItemsInput)
    .output(ClusterItemList)
    .query(({ ctx, input }) => listClusterItems(ctx.caller, input)),
});
