import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { createSiteFromEntries, updateSite } from "./commands";
import { previewImport, runImport } from "./import";
import { shareSiteMap } from "./map-queries";
import { exportSites, getSite } from "./queries";
import { ImportInput, ImportPreview, ImportRun, SiteDetail, SiteEntries, SiteMap } from "./shapes";

const SiteId = z.object({ siteId: z.uuid() });

export const sitesRouter = router({
  map: procedureFor("fleet:read")
    .output(SiteMap)
    .query(({ ctx }) => shareSiteMap(ctx.caller)),
  get: procedureFor("fleet:read")
    .input(SiteId)
    .output(SiteDetail)
    .query(({ ctx, input }) => getSite(ctx.caller, input.siteId)),
  create: procedureFor("fleet:update")
    .input(SiteEntries)
    .output(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => createSiteFromEntries(ctx.caller, input)),
  update: procedureFor("fleet:update")
    .input(SiteId.extend({ entries: SiteEntries }))
    .output(z.void())
    .mutation(({ ctx, input }) => updateSite(ctx.caller, input)),
  export: procedureFor("fleet:read")
    .input(z.object({ separator: z.enum([",", ";"]) }))
    .output(z.string())
    .query(({ ctx, input }) => exportSites(ctx.caller, input.separator)),
  // Mutations though it writes nothing: the text is too long for an address.
  previewImport: procedureFor("fleet:update")
    .input(ImportInput)
    .output(ImportPreview)
    .mutation(({ ctx, input }) => previewImport(ctx.caller, input.text)),
  runImport: procedureFor("fleet:update")
    .input(ImportRun)
    .output(ImportPreview)
    .mutation(({ ctx, input }) => runImport(ctx.caller, input)),
});
