import { z } from "zod";
import { getConsoleConfig } from "@/server/config";
import { procedureFor, router } from "@/server/trpc";
import { deleteMember, inviteMember, revokeInvitation, revokeSession, updateMember, updatePassword } from "./commands";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, ROLES } from "./model";
import {
  Account,
  getAccount,
  Invitation,
  listInvitations,
  listMembers,
  listSessions,
  Member,
  previewScope,
  ScopePreview,
  SessionRow,
} from "./queries";
import { ScopeSelector } from "./selector-input";
import { endSession } from "./sessions";

const RoleAndReach = z.object({ role: z.enum(ROLES), scopeSelector: ScopeSelector });

export const accessRouter = router({
  account: router({
    get: procedureFor("access:own")
      .output(Account)
      .query(({ ctx }) => getAccount(ctx.caller)),
    updatePassword: procedureFor("access:own")
      .input(
        z.object({ current: z.string().max(1000), next: z.string().min(PASSWORD_LENGTH_MIN).max(PASSWORD_LENGTH_MAX) }),
      )
      .output(z.void())
      .mutation(({ ctx, input }) => updatePassword(ctx.caller, input)),
  }),
  sessions: router({
    list: procedureFor("access:own")
      .output(z.array(SessionRow))
      .query(({ ctx }) => listSessions(ctx.caller)),
    revoke: procedureFor("access:own")
      .input(z.object({ sessionId: z.uuid() }))
      .output(z.void())
      .mutation(({ ctx, input }) => revokeSession(ctx.caller, input.sessionId)),
    end: procedureFor("access:own")
      .output(z.void())
      .mutation(({ ctx }) => endSession(ctx.caller)),
  }),
  members: router({
    list: procedureFor("access:read")
      .output(z.array(Member))
      .query(({ ctx }) => listMembers(ctx.caller)),
    update: procedureFor("access:manage")
      .input(RoleAndReach.extend({ userId: z.uuid() }))
      .output(z.void())
      .mutation(({ ctx, input }) => updateMember(ctx.caller, input)),
    delete: procedureFor("access:manage")
      .input(z.object({ userId: z.uuid() }))
      .output(z.void())
      .mutation(({ ctx, input }) => deleteMember(ctx.caller, input.userId)),
  }),
  invitations: router({
    list: procedureFor("access:manage")
      .output(z.array(Invitation))
      .query(({ ctx }) => listInvitations(ctx.caller)),
    create: procedureFor("access:manage")
      .input(RoleAndReach.extend({ email: z.email().max(320) }))
      .output(z.object({ url: z.string(), expiresAt: z.date() }))
      .mutation(async ({ ctx, input }) => {
        const { token, expiresAt } = await inviteMember(ctx.caller, input);
        // After the #: it stays in the browser and gets into no log.
        return { url: `${getConsoleConfig().CONSOLE_URL}/invitation#${token}`, expiresAt };
      }),
    revoke: procedureFor("access:manage")
      .input(z.object({ invitationId: z.uuid() }))
      .output(z.void())
      .mutation(({ ctx, input }) => revokeInvitation(ctx.caller, input.invitationId)),
  }),
  scope: router({
    preview: procedureFor("access:manage")
      .input(z.object({ scopeSelector: ScopeSelector }))
      .output(ScopePreview)
      .query(({ ctx, input }) => previewScope(ctx.caller, input.scopeSelector)),
  }),
});
