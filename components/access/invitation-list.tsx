"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { toast } from "sonner";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";

/** Invitations that can still be accepted. */
export function InvitationList() {
  const t = useTranslations("access");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const moment = useMomentText();
  const query = useQuery(trpc.access.invitations.list.queryOptions());
  const withdraw = useMutation(
    trpc.access.invitations.revoke.mutationOptions({
      onError: (error) => void toast.error(failureOf(error).text),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
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
                    · {t(`roles.${invitation.role}`)} · {invitation.scopeSelector ?? t("reach.all")}
                  </span>
                  <div className="text-caption text-ink-faint tabular-nums">
                    {t("invite.expires", { time: moment.exact(invitation.expiresAt) })}
                    {invitation.createdByName ? ` · ${t("invite.by", { name: invitation.createdByName })}` : null}
                  </div>
                </div>
                <Button
                  size="small"
                  variant="ghost"
                  onClick={() =>
                    withdraw.mutate(
                      { invitationId: invitation.id },
                      { onSuccess: () => void toast.success(t("invite.withdrawn", { email: invitation.email })) },
                    )
                  }
                >
                  {t("invite.withdraw")}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </section>
  );
}
