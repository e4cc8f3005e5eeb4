"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { DataTable } from "@/components/table/data-table";
import type { TableColumn } from "@/components/table/table-column";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { useAgentActions } from "./use-agent-actions";

type TokenRow = Outputs["agents"]["tokens"]["list"][number];

const MARKS: Record<TokenRow["state"], MarkState> = {
  open: "good",
  used_up: "offline",
  expired: "offline",
  revoked: "offline",
};

function Expiry({ at }: { at: Date }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.clock(at, nowMs));
  return <time dateTime={at.toISOString()}>{text}</time>;
}

function useTokenColumns(onRevoke: (token: TokenRow) => void): TableColumn<TokenRow>[] {
  const t = useTranslations("agents.tokens");
  return useMemo(
    () => [
      {
        id: "name",
        header: t("name"),
        widthPx: 200,
        canGrow: true,
        cell: (token) => <span className="font-medium text-ink">{token.name}</span>,
      },
      {
        id: "state",
        header: t("state"),
        widthPx: 115,
        priority: 1,
        cell: (token) => <StateMark state={MARKS[token.state]} word={t(`states.${token.state}`)} />,
      },
      { id: "site", header: t("site"), widthPx: 150, priority: 2, cell: (token) => token.siteName },
      {
        id: "uses",
        header: t("uses"),
        widthPx: 110,
        align: "end",
        priority: 2,
        cell: (token) => t("usesOf", { used: token.usesCount, max: token.usesMax }),
      },
      {
        id: "approval",
        header: t("approval"),
        widthPx: 130,
        priority: 3,
        cell: (token) => (token.isApprovalRequired ? t("approvalYes") : t("approvalNo")),
      },
      {
        id: "expires",
        header: t("expires"),
        widthPx: 140,
        priority: 3,
        cell: (token) => <Expiry at={token.expiresAt} />,
      },
      { id: "by", header: t("by"), widthPx: 140, priority: 3, cell: (token) => token.createdByName ?? t("system") },
      {
        id: "action",
        header: t("action"),
        widthPx: 100,
        align: "end",
        priority: 1,
        cell: (token) =>
          token.state === "open" ? (
            <Button size="small" variant="ghost" onClick={() => onRevoke(token)}>
              {t("revoke")}
            </Button>
          ) : null,
      },
    ],
    [t, onRevoke],
  );
}

/** The join tokens: what they are good for and what became of them. The tokens themselves cannot be shown again. */
export function TokenTable() {
  const t = useTranslations("agents.tokens");
  const trpc = useTRPC();
  const query = useQuery(trpc.agents.tokens.list.queryOptions());
  const { revokeToken } = useAgentActions();
  const [asked, setAsked] = useState<TokenRow | null>(null);
  const columns = useTokenColumns(setAsked);
  // Before the first token there is only one thing to do, and the page says it already.
  if (query.data?.length === 0) return null;
  return (
    <section className="mt-10">
      <QueryView query={query} skeleton={<Skeleton className="h-40" />}>
        {(tokens) => (
          <DataTable
            id="join-tokens"
            label={t("label")}
            columns={columns}
            rows={tokens}
            total={tokens.length}
            getRowId={(token) => token.id}
            getRowName={(token) => token.name}
            toolbar={<h2 className="font-semibold text-heading">{t("title")}</h2>}
          />
        )}
      </QueryView>
      {asked ? (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => !isOpen && setAsked(null)}
          title={t("revokeTitle", { name: asked.name })}
          consequence={t("revokeConsequence")}
          action={t("revoke")}
          isBusy={revokeToken.isBusy}
          onConfirm={() => revokeToken.run(asked.id, asked.name, () => setAsked(null))}
        />
      ) : null}
    </section>
  );
}
