"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import type { Outputs } from "@/server/root";

export type MemberRemovalProps = {
  member: Outputs["access"]["members"]["list"][number];
  /** True when somebody is about to remove themselves. */
  isSelf: boolean;
  onClose: () => void;
};

/** Asks before a person is taken out of the team. */
export function MemberRemoval({ member, isSelf, onClose }: MemberRemovalProps) {
  const t = useTranslations("access.team");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const { name, userId } = member;
  const remove = useMutation(
    trpc.access.members.delete.mutationOptions({
      onSuccess: () => {
        toast.success(t("removed", { name }));
        onClose();
      },
      // Who has left is signed out by now: everything on the page has to learn it, not only the team.
      onSettled: () => void queryClient.invalidateQueries(isSelf ? {} : { queryKey: trpc.access.pathKey() }),
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={isSelf ? t("leaveTitle") : t("removeTitle", { name })}
      consequence={isSelf ? t("leaveConsequence") : t("removeConsequence", { name })}
      action={isSelf ? t("leave") : t("removeAction", { name })}
      isBusy={remove.isPending}
      error={remove.error ? failureOf(remove.error).text : undefined}
      onConfirm={() => remove.mutate({ userId })}
    />
  );
}
