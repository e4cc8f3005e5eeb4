import { z } from "zod";
import { getConsoleConfig } from "@/server/config";
import { procedureFor, router } from "@/server/trpc";
import { createApiToken, keepMetric, revokeApiToken } from "./commands";
import { ApiTokenInput } from "./model";
import { getSender, listSenders, SenderDetail, SenderRow } from "./queries";

const SenderId = z.object({ senderId: z.uuid() });

export const sendersRouter = router({
  list: procedureFor("senders:read")
    .output(z.array(SenderRow))
    .query(({ ctx }) => listSenders(ctx.caller)),
  get: procedureFor("senders:read")
    .input(SenderId)
    .output(SenderDetail)
    .query(({ ctx, input }) => getSender(ctx.caller, input.senderId)),
  create: procedureFor("senders:write")
    .input(ApiTokenInput)
    .output(z.object({ id: z.uuid(), token: z.string(), expiresAt: z.date().nullable(), gatewayUrl: z.string() }))
    .mutation(async ({ ctx, input }) => ({
      ...(await createApiToken(ctx.caller, input)),
      gatewayUrl: getConsoleConfig().GATEWAY_PUBLIC_URL,
    })),
  revoke: procedureFor("senders:write")
    .input(SenderId)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeApiToken(ctx.caller, input.senderId)),
  keep: procedureFor("senders:write")
    .input(SenderId.extend({ name: z.string().min(1).max(1100), isKept: z.boolean() }))
    .output(z.void())
    .mutation(({ ctx, input }) => keepMetric(ctx.caller, input)),
});
