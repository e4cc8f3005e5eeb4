import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { listOperations, OperationRow } from "./queries";

export const operationsRouter = router({
  list: procedureFor("fleet:read")
    .output(z.array(OperationRow))
    .query(({ ctx }) => listOperations(ctx.caller)),
});
