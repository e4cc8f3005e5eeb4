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
import { AgentPanel } from "./agent-panel";
import { AgentTable } from "./agent-table";
import { EnrolDialog } from "./enrol-dialog";
import { TokenTable } from "./token-table";
import { WaitingRoom } from "./waiting-room";

/** Who reports from the edge, who wants to, and how the next one comes in. */
export function AgentsPage() {
  const t = useTranslations("agents");
  const trpc = useTRPC();
  const may = useMay();
  const query = useQuery(trpc.agents.list.queryOptions());
  const [isEnrolling, setIsEnrolling] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const enrolButton = may("agents:enrol") ? (
    <Button variant="primary" onClick={() => setIsEnrolling(true)}>
      <Plus aria-hidden />
      {t("enrol")}
    </Button>
  ) : null;
  const open = query.data?.find((agent) => agent.id === openId);
  const isEmpty = query.data?.length === 0;
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} actions={isEmpty ? null : enrolButton} />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-80" />}
        isEmpty={(agents) => agents.length === 0}
        empty={
          <EmptyState
            title={t("empty")}
            missing={may("agents:enrol") ? t("emptyMissing") : t("emptyDenied")}
            action={enrolButton}
          />
        }
      >
        {(agents) => (
          <>
            <WaitingRoom agents={agents} />
            <AgentTable agents={agents} openId={openId} onOpen={setOpenId} />
          </>
        )}
      </QueryView>
      {may("agents:enrol") ? <TokenTable /> : null}
      {open ? <AgentPanel agent={open} onClose={() => setOpenId(null)} /> : null}
      {isEnrolling ? <EnrolDialog onClose={() => setIsEnrolling(false)} /> : null}
    </>
  );
}
