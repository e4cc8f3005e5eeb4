"use client";

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { InvitationList } from "./invitation-list";
import { InviteDialog } from "./invite-dialog";
import { MemberTable } from "./member-table";
import { PasswordForm } from "./password-form";
import { RoleMatrix } from "./role-matrix";
import { SessionList } from "./session-list";

/** Who may do what; and for everybody the own sessions and password. */
export function TeamPage() {
  const t = useTranslations("access.team");
  const trpc = useTRPC();
  const query = useQuery(trpc.access.account.get.queryOptions());
  const [isInviting, setIsInviting] = useState(false);
  const isManager = query.data?.permissions.includes("access:manage") ?? false;
  return (
    <>
      <PageHeader
        title={t("title")}
        description={
          query.data && !query.data.permissions.includes("access:read") ? t("descriptionOwn") : t("description")
        }
        actions={
          isManager ? (
            <Button variant="primary" onClick={() => setIsInviting(true)}>
              <UserPlus aria-hidden />
              {t("invite")}
            </Button>
          ) : null
        }
      />
      <QueryView query={query} skeleton={<Skeleton className="h-96" />}>
        {(account) => (
          <div className="flex flex-col gap-10">
            {account.permissions.includes("access:read") ? <MemberTable account={account} /> : null}
            {isManager ? <InvitationList /> : null}
            <div className="grid gap-x-12 gap-y-10 xl:grid-cols-2">
              <SessionList isEverybody={isManager} />
              <PasswordForm email={account.email} />
            </div>
            <RoleMatrix />
            {isInviting ? <InviteDialog roles={account.assignableRoles} onClose={() => setIsInviting(false)} /> : null}
          </div>
        )}
      </QueryView>
    </>
  );
}
