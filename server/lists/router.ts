import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { listCompletions, listFacets } from "./facets";
import { previewSelector } from "./preview";
import { Completion, CompletionInput, Facet, FacetsInput, Preview, PreviewInput } from "./shapes";
import { SUBJECTS } from "./subjects";

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
});
