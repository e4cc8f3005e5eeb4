"use client";

import { useQuery } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useClock } from "@/components/shell/clock";
import { Hint } from "@/components/shell/hint";
import { useMomentText } from "@/components/shell/moment-text";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { Badge } from "@/components/ui/badge";
import { DropdownMenu, MenuItem } from "@/components/ui/dropdown-menu";
import { IconButton } from "@/components/ui/icon-button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import { MemberDialog } from "./member-dialog";
import { MemberRemoval } from "./member-removal";

type Member = Outputs["access"]["members"]["list"][number];
type Account = Outputs["access"]["account"]["get"];
type Asked = { member: Member; verb: "edit" | "remove" };

function SeenAt({ at }: { at: Date }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.age(at, nowMs));
  return <Hint content={moment.exact(at)}>{text}</Hint>;
}

function useMemberColumns(account: Account, onAsk: (asked: Asked) => void): TableColumn<Member>[] {
  const t = useTranslations("access");
  return useMemo(
    () => [
      {
        id: "name",
        header: t("team.name"),
        widthPx: 200,
        cell: (member) => (
          <>
            <span className="font-medium text-ink">{member.name}</span>
            {member.userId === account.userId ? <span className="ml-1.5 text-ink-faint">({t("team.you")})</span> : null}
          </>
        ),
      },
      {
        id: "role",
        header: t("team.role"),
        widthPx: 130,
        priority: 1,
        cell: (member) => (
          <>
            {member.scopeSelector === null ? null : (
              <Badge className="mr-1.5 md:hidden" tone="neutral">
                {t("team.limited")}
              </Badge>
            )}
            {t(`roles.${member.role}`)}
          </>
        ),
      },
      { id: "email", header: t("team.email"), widthPx: 260, priority: 2, cell: (member) => member.email },
      {
        id: "reach",
        header: t("team.reach"),
        widthPx: 200,
        canGrow: true,
        priority: 3,
        cell: (member) =>
          member.scopeSelector === null ? (
            t("reach.all")
          ) : (
            <span className="font-mono text-caption">{member.scopeSelector}</span>
          ),
      },
      {
        id: "sessions",
        header: t("team.sessions"),
        widthPx: 100,
        align: "end",
        priority: 3,
        cell: (member) => member.liveSessions,
      },
      {
        id: "lastSeen",
        header: t("team.lastSeen"),
        widthPx: 140,
        align: "end",
        priority: 3,
        cell: (member) =>
          member.lastSeenAt ? (
            <SeenAt at={member.lastSeenAt} />
          ) : (
            <span className="text-ink-faint">{t("team.neverSeen")}</span>
          ),
      },
      {
        id: "actions",
        header: t("team.actionsColumn"),
        widthPx: 90,
        align: "end",
        priority: 1,
        cell: (member) =>
          account.assignableRoles.includes(member.role) ? (
            <DropdownMenu
              trigger={
                <IconButton
                  size="small"
                  label={t("team.actions", { name: member.name })}
                  icon={<Ellipsis aria-hidden />}
                />
              }
            >
              <MenuItem onSelect={() => onAsk({ member, verb: "edit" })}>{t("team.edit")}</MenuItem>
              <MenuItem isDangerous onSelect={() => onAsk({ member, verb: "remove" })}>
                {member.userId === account.userId ? t("team.leave") : t("team.remove")}
              </MenuItem>
            </DropdownMenu>
          ) : null,
      },
    ],
    [t, account, onAsk],
  );
}

/** Everybody in the organisation, with what they may and where. */
export function MemberTable({ account }: { account: Account }) {
  const t = useTranslations("access.team");
  const trpc = useTRPC();
  const query = useQuery(trpc.access.members.list.queryOptions());
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns = useMemberColumns(account, setAsked);
  const close = () => setAsked(null);
  return (
    <section>
      <h2 className="mb-1 font-semibold text-heading">{t("members")}</h2>
      <QueryView query={query} skeleton={<Skeleton className="h-56" />}>
        {(members) => (
          <DataTable
            id="members"
            label={t("members")}
            columns={columns}
            rows={members}
            total={members.length}
            getRowId={(member) => member.userId}
            getRowName={(member) => member.name}
            getRowVersion={(member) => `${member.role} ${member.scopeSelector}`}
          />
        )}
      </QueryView>
      {asked?.verb === "edit" ? (
        <MemberDialog member={asked.member} roles={account.assignableRoles} onClose={close} />
      ) : null}
      {asked?.verb === "remove" ? (
        <MemberRemoval member={asked.member} isSelf={asked.member.userId === account.userId} onClose={close} />
      ) : null}
    </section>
  );
}
