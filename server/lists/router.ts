import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { listCompletions, listFacets } from "./facets";
import { LabelsChange, LabelsPreview, previewLabels, updateLabels } from "./labels";
import { LISTS } from "./model";
import { previewSelector } from "./preview";
import { Completion, CompletionInput, Facet, FacetsInput, Preview, PreviewInput } from "./shapes";
import { SUBJECTS } from "./subjects";
import { createView, deleteView, listViews, updateView, View, ViewChange, ViewInput } from "./views";

export const listsRouter = router({
  facets: procedureFor("fleet:read")
    .input(FacetsInput)
    .output(z.array(Facet))
    .query(({ ctx, input }) => listFacets(ctx.caller, SUBJECTS[input.kind], input)),
  preview: procedureFor("fleet:read")
    .input(PreviewInput)
    .output(Preview)
    .query(({ ctx, input }) => previewSelector(ctx.caller, SUBJECTS[input.kind], input.selector)),
  complete: procedureFor("fleet:read")
    .input(CompletionInput)
    .output(Completion)
    .query(({ ctx, input }) => listCompletions(ctx.caller, SUBJECTS[input.kind], input)),
  labels: router({
    preview: procedureFor("fleet:update")
      .input(LabelsChange)
      .output(LabelsPreview)
      // Changes nothing; a mutation because the ids of what was chosen are too many for an address.
      .mutation(({ ctx, input }) => previewLabels(ctx.caller, input)),
    update: procedureFor("fleet:update")
      .input(LabelsChange.and(z.object({ expected: z.number().int().min(0) })))
      .output(z.object({ changed: z.number().int() }))
      .mutation(({ ctx, input }) => updateLabels(ctx.caller, input)),
  }),
  views: router({
    list: procedureFor("fleet:read")
      .input(z.object({ list: z.enum(LISTS) }))
      .output(z.array(View))
      .query(({ ctx, input }) => listViews(ctx.caller, input.list)),
    create: procedureFor("fleet:read")
      .input(ViewInput)
      .output(z.object({ id: z.uuid() }))
      .mutation(({ ctx, input }) => createView(ctx.caller, input)),
    update: procedureFor("fleet:read")
      .input(ViewChange)
      .mutation(({ ctx, input }) => updateView(ctx.caller, input)),
    delete: procedureFor("fleet:read")
      .input(z.object({ viewId: z.uuid() }))
      .mutation(({ ctx, input }) => deleteView(ctx.caller, input.viewId)),
  }),
});
