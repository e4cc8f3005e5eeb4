"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";

type Named = { name: string };
/** One action with the text that is shown when it worked; it throws nothing, a failure becomes a notice. */
export type AgentAction<Subject = string> = {
  run: (subject: Subject, name: string, onDone?: () => void) => void;
  isBusy: boolean;
};
export type AgentActions = Record<"approve" | "revoke" | "reject" | "revokeToken", AgentAction> & {
  keepProcess: AgentAction<{ agentId: string; epoch: number }>;
};

/** Approving, revoking and rejecting agents, deciding who keeps a key, and revoking tokens: they end alike. */
export function useAgentActions(): AgentActions {
  const t = useTranslations("agents");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const settle = {
    onError: (error: unknown) => void toast.error(failureOf(error).text),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: trpc.agents.pathKey() });
      void queryClient.invalidateQueries({ queryKey: trpc.fleet.pathKey() });
    },
  };
  const approve = useMutation(trpc.agents.approve.mutationOptions(settle));
  const revoke = useMutation(trpc.agents.revoke.mutationOptions(settle));
  const keepProcess = useMutation(trpc.agents.keepProcess.mutationOptions(settle));
  const revokeToken = useMutation(trpc.agents.tokens.revoke.mutationOptions(settle));
  const done = (text: string, onDone: (() => void) | undefined) => ({
    onSuccess: () => {
      toast.success(text);
      onDone?.();
    },
  });
  const named = (name: string): Named => ({ name });
  return {
    approve: {
      run: (agentId, name, onDone) => approve.mutate({ agentId }, done(t("waiting.approved", named(name)), onDone)),
      isBusy: approve.isPending,
    },
    reject: {
      run: (agentId, name, onDone) => revoke.mutate({ agentId }, done(t("waiting.rejected", named(name)), onDone)),
      isBusy: revoke.isPending,
    },
    revoke: {
      run: (agentId, name, onDone) => revoke.mutate({ agentId }, done(t("revoke.done", named(name)), onDone)),
      isBusy: revoke.isPending,
    },
    keepProcess: {
      run: (process, name, onDone) => keepProcess.mutate(process, done(t("detail.processKept", named(name)), onDone)),
      isBusy: keepProcess.isPending,
    },
    revokeToken: {
      run: (tokenId, name, onDone) => revokeToken.mutate({ tokenId }, done(t("tokens.revoked", named(name)), onDone)),
      isBusy: revokeToken.isPending,
    },
  };
}
