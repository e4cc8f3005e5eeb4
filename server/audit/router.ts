import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { AuditPage, listAudit } from "./queries";

export const auditRouter = router({
  list: procedureFor("audit:read")
    .input(
      z.object({
        cursor: z.number().int().nullable().default(null),
        limit: z.number().int().min(1).max(200).default(100),
      }),
    )
    .output(AuditPage)
    .query(({ ctx, input }) => listAudit(ctx.caller, input)),
});
