import { z } from "zod";
import { getConsoleConfig } from "@/server/config";
import { procedureFor, router } from "@/server/trpc";
import { approveAgent, createJoinToken, keepProcess, revokeAgent, revokeJoinToken } from "./commands";
import { JoinTokenInput } from "./model";
import {
  AgentCounts,
  AgentList,
  AgentListInput,
  countAgents,
  JoinTokenRow,
  listAgents,
  listJoinTokens,
} from "./queries";

const AgentId = z.object({ agentId: z.uuid() });

export const agentsRouter = router({
  list: procedureFor("agents:read")
    .input(AgentListInput)
    .output(AgentList)
    .query(({ ctx, input }) => listAgents(ctx.caller, input)),
  counts: procedureFor("agents:read")
    .output(AgentCounts)
    .query(({ ctx }) => countAgents(ctx.caller)),
  approve: procedureFor("agents:approve")
    .input(AgentId)
    .output(z.void())
    .mutation(({ ctx, input }) => approveAgent(ctx.caller, input.agentId)),
  revoke: procedureFor("agents:revoke")
    .input(AgentId)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeAgent(ctx.caller, input.agentId)),
  keepProcess: procedureFor("agents:revoke")
    .input(AgentId.extend({ epoch: z.number().int().nonnegative() }))
    .output(z.void())
    .mutation(({ ctx, input }) => keepProcess(ctx.caller, input)),
  tokens: router({
    list: procedureFor("agents:enrol")
      .output(z.array(JoinTokenRow))
      .query(({ ctx }) => listJoinTokens(ctx.caller)),
    create: procedureFor("agents:enrol")
      .input(JoinTokenInput)
      .output(z.object({ id: z.uuid(), token: z.string(), expiresAt: z.date(), gatewayUrl: z.string() }))
      .mutation(async ({ ctx, input }) => ({
        ...(await createJoinToken(ctx.caller, input)),
        gatewayUrl: getConsoleConfig().GATEWAY_PUBLIC_URL,
      })),
    revoke: procedureFor("agents:enrol")
      .input(z.object({ tokenId: z.uuid() }))
      .output(z.void())
      .mutation(({ ctx, input }) => revokeJoinToken(ctx.caller, input.tokenId)),
  }),
});
