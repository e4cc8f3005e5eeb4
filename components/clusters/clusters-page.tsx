"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { listInput, listPaging } from "@/components/lists/list-query";
import { ListView } from "@/components/lists/list-view";
import { useListState } from "@/components/lists/use-list-state";
import { EmptyState } from "@/components/shell/empty-state";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { HEALTHS } from "@/contract/cluster/healths";
import { type ClusterRow, useClusterColumns } from "./cluster-columns";
import { clusterHref } from "./cluster-href";
import { HealthMark } from "./health-mark";

/** Every cluster that this person may see: one honest row each, the worst first. */
export function ClustersPage() {
  const t = useTranslations("clusters.list");
  const trpc = useTRPC();
  const control = useListState("clusters");
  const columns = useClusterColumns();
  const query = useInfiniteQuery(
    trpc.clusters.list.infiniteQueryOptions(listInput(control.state), listPaging<ClusterRow>(control.state)),
  );
  return (
    <ListView
      control={control}
      title={t("title")}
      label={t("label")}
      searchLabel={t("search")}
      columns={columns}
      firstSort="health"
      query={query}
      hrefOf={(row) => clusterHref(row.id)}
      versionOf={(row) => `${row.connectivity} ${row.health} ${row.gitVersion}`}
      worstMark={(worst) => <HealthMark health={HEALTHS.find((health) => health === worst) ?? "unknown"} />}
      empty={
        <EmptyState
          title={t("empty")}
          missing={t("emptyMissing")}
          action={
            <Button variant="primary" asChild>
              <Link href="/agents">{t("enrol")}</Link>
            </Button>
          }
        />
      }
    />
  );
}
