"use client";

import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { EmptyState } from "@/components/shell/empty-state";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { SenderPanel } from "./sender-panel";
import { SenderTable } from "./sender-table";
import { TokenDialog } from "./token-dialog";

/** Programs of others that send here: by which token, what, and what of it nobody understands yet. */
export function SendersPage() {
  const t = useTranslations("senders");
  const trpc = useTRPC();
  const may = useMay();
  const query = useQuery(trpc.senders.list.queryOptions());
  const [isMaking, setIsMaking] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const makeButton = may("senders:write") ? (
    <Button variant="primary" onClick={() => setIsMaking(true)}>
      <Plus aria-hidden />
      {t("make")}
    </Button>
  ) : null;
  const open = query.data?.find((sender) => sender.id === openId);
  const isEmpty = query.data?.length === 0;
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} actions={isEmpty ? null : makeButton} />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-80" />}
        isEmpty={(senders) => senders.length === 0}
        empty={
          <EmptyState
            title={t("empty")}
            missing={may("senders:write") ? t("emptyMissing") : t("emptyDenied")}
            action={makeButton}
          />
        }
      >
        {(senders) => <SenderTable senders={senders} openId={openId} onOpen={setOpenId} />}
      </QueryView>
      {open ? <SenderPanel sender={open} onClose={() => setOpenId(null)} /> : null}
      {isMaking ? <TokenDialog onClose={() => setIsMaking(false)} /> : null}
    </>
  );
}
