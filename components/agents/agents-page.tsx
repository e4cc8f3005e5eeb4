"use client";

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
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

const PAGE_ROWS = 100;

/** Who reports from the edge, who wants to, and how the next one comes in. */
export function AgentsPage() {
  const t = useTranslations("agents");
  const trpc = useTRPC();
  const may = useMay();
  const [search, setSearch] = useState("");
  const query = useInfiniteQuery(
    trpc.agents.list.infiniteQueryOptions(
      { search, limit: PAGE_ROWS },
      { getNextPageParam: (last) => last.next ?? undefined, placeholderData: keepPreviousData },
    ),
  );
  const waiting = useQuery(trpc.agents.list.queryOptions({ status: "waiting", limit: PAGE_ROWS }));
  const [isEnrolling, setIsEnrolling] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const enrolButton = may("agents:enrol") ? (
    <Button variant="primary" onClick={() => setIsEnrolling(true)}>
      <Plus aria-hidden />
      {t("enrol")}
    </Button>
  ) : null;
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const open = rows.find((agent) => agent.id === openId);
  const total = query.data?.pages.at(-1)?.total ?? 0;
  const isEmpty = query.data !== undefined && search === "" && total === 0;
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} actions={isEmpty ? null : enrolButton} />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-80" />}
        isEmpty={() => isEmpty}
        empty={
          <EmptyState
            title={t("empty")}
            missing={may("agents:enrol") ? t("emptyMissing") : t("emptyDenied")}
            action={enrolButton}
          />
        }
      >
        {() => (
          <>
            <WaitingRoom agents={waiting.data?.rows ?? []} total={waiting.data?.total ?? 0} />
            <AgentTable
              agents={rows}
              total={total}
              search={search}
              onSearch={setSearch}
              openId={openId}
              onOpen={setOpenId}
              onEndReached={() => {
                if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
              }}
              isLoadingMore={query.isFetchingNextPage}
            />
          </>
        )}
      </QueryView>
      {may("agents:enrol") ? <TokenTable /> : null}
      {open ? <AgentPanel agent={open} onClose={() => setOpenId(null)} /> : null}
      {isEnrolling ? <EnrolDialog onClose={() => setIsEnrolling(false)} /> : null}
    </>
  );
}
