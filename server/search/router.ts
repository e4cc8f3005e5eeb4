import { procedureFor, router } from "@/server/trpc";
import { search } from "./queries";
import { SearchAnswer, SearchInput } from "./shapes";

export const searchRouter = router({
  ask: procedureFor("fleet:read")
    .input(SearchInput)
    .output(SearchAnswer)
    .query(({ ctx, input }) => search(ctx.caller, input.question)),
});
