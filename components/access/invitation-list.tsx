"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";

type Invitation = Outputs["access"]["invitations"]["list"][number];

/** Asks before a link that is on its way stops working. */
function InvitationWithdrawal({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const t = useTranslations("access.invite");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const { email, id } = invitation;
  const withdraw = useMutation(
    trpc.access.invitations.revoke.mutationOptions({
      onSuccess: () => {
        toast.success(t("withdrawn", { email }));
        onClose();
      },
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("withdrawTitle", { email })}
      consequence={t("withdrawConsequence", { email })}
      action={t("withdrawAction")}
      isBusy={withdraw.isPending}
      error={withdraw.error ? failureOf(withdraw.error).text : undefined}
      onConfirm={() => withdraw.mutate({ invitationId: id })}
    />
  );
}

/** Invitations that can still be accepted. */
export function InvitationList() {
  const t = useTranslations("access");
  const trpc = useTRPC();
  const moment = useMomentText();
  const query = useQuery(trpc.access.invitations.list.queryOptions());
  const [asked, setAsked] = useState<Invitation | null>(null);
  return (
    <section>
      <h2 className="mb-2 font-semibold text-heading">{t("invite.open")}</h2>
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-12" />}
        isEmpty={(invitations) => invitations.length === 0}
        empty={<p className="text-ink-faint text-table">{t("invite.none")}</p>}
      >
        {(invitations) => (
          <ul className="border-line border-b text-table">
            {invitations.map((invitation) => (
              <li key={invitation.id} className="flex items-center gap-3 border-line border-t py-2">
                <div className="min-w-0 flex-1">
                  <span className="font-medium text-ink">{invitation.email}</span>
                  <span className="text-ink-muted">
                    {" "}
                    · {t(`roles.${invitation.role}`)} ·{" "}
                    {invitation.scopeSelector === null ? (
                      t("reach.all")
                    ) : (
                      <span className="break-words font-mono text-caption">{invitation.scopeSelector}</span>
                    )}
                  </span>
                  <div className="text-caption text-ink-faint tabular-nums">
                    {t("invite.expires", { time: moment.exact(invitation.expiresAt) })}
                    {invitation.createdByName ? ` · ${t("invite.by", { name: invitation.createdByName })}` : null}
                  </div>
                </div>
                <Button size="small" variant="ghost" onClick={() => setAsked(invitation)}>
                  {t("invite.withdraw")}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
      {asked ? <InvitationWithdrawal invitation={asked} onClose={() => setAsked(null)} /> : null}
    </section>
  );
}
