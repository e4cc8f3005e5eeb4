"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { Role } from "@/server/access/model";
import type { Outputs } from "@/server/root";
import { isReachComplete, type Reach } from "./reach-field";
import { RoleAndReach } from "./role-and-reach";

type Member = Outputs["access"]["members"]["list"][number];

export type MemberDialogProps = { member: Member; roles: readonly Role[]; onClose: () => void };

/** Changes role and reach of one member. */
export function MemberDialog({ member, roles, onClose }: MemberDialogProps) {
  const t = useTranslations("access");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const [role, setRole] = useState<Role>(member.role);
  const [reach, setReach] = useState<Reach>(member.scopeSelector);
  const update = useMutation(
    trpc.access.members.update.mutationOptions({
      onSuccess: () => {
        toast.success(t("team.saved", { name: member.name }));
        onClose();
      },
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("member.title", { name: member.name })}
      description={member.email}
      footer={
        <Button
          variant="primary"
          isBusy={update.isPending}
          disabled={!isReachComplete(reach)}
          onClick={() => update.mutate({ userId: member.userId, role, scopeSelector: reach })}
        >
          {t("member.save")}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <RoleAndReach
          roles={roles}
          role={role}
          onRole={setRole}
          reach={reach}
          onReach={setReach}
          problem={update.error ? failureOf(update.error).text : null}
        />
      </div>
    </Dialog>
  );
}
