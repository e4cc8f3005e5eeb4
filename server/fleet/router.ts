import { tracked } from "@trpc/server";
import { z } from "zod";
import { Labels } from "@/server/agents/model";
import { ListInput } from "@/server/lists/shapes";
import { procedureFor, router } from "@/server/trpc";
import { createSite } from "./commands";
import { streamUpdates } from "./live";
import { getMachine, listMachines } from "./machine-queries";
import { listSites, shareOverview } from "./overview-queries";
import { MachineDetail, MachineList, SharedOverview, SiteRow } from "./shapes";

export const fleetRouter = router({
  overview: procedureFor("fleet:read")
    .output(SharedOverview)
    .query(({ ctx }) => shareOverview(ctx.caller)),
  machines: router({
    list: procedureFor("fleet:read")
      .input(ListInput)
      .output(MachineList)
      .query(({ ctx, input }) => listMachines(ctx.caller, input)),
    get: procedureFor("fleet:read")
      .input(z.object({ machineId: z.uuid() }))
      .output(MachineDetail)
      .query(({ ctx, input }) => getMachine(ctx.caller, input.machineId)),
  }),
  sites: router({
    list: procedureFor("fleet:read")
      .output(z.array(SiteRow))
      .query(({ ctx }) => listSites(ctx.caller)),
    create: procedureFor("fleet:update")
      .input(z.object({ name: z.string().trim().min(1).max(200), labels: Labels.default({}) }))
      .output(z.object({ id: z.uuid() }))
      .mutation(({ ctx, input }) => createSite(ctx.caller, input)),
  }),
  updates: procedureFor("fleet:read")
    .input(
      z
        .object({
          /** Set by a browser that lost the stream and opens it again by itself. */
          lastEventId: z.string().max(40).nullish(),
          /** Set by a page that opens it again after an error. */
          wasConnected: z.boolean().default(false),
        })
        .optional(),
    )
    .subscription(async function* ({ ctx, input, signal }) {
      const wasConnected = Boolean(input?.lastEventId) || input?.wasConnected === true;
      const updates = streamUpdates(ctx.caller, signal ?? new AbortController().signal, undefined, wasConnected);
      let count = 0;
      for await (const update of updates) {
        count += 1;
        yield tracked(String(count), update);
      }
    }),
});
