"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { listInput, listPaging } from "@/components/lists/list-query";
import { ListView } from "@/components/lists/list-view";
import { useListState } from "@/components/lists/use-list-state";
import { EmptyState } from "@/components/shell/empty-state";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { HEALTHS } from "@/contract/cluster/healths";
import { type ApplicationRow, useApplicationColumns } from "./application-columns";
import { clusterHref } from "./cluster-href";
import { HealthMark } from "./health-mark";

/** Every application of every cluster that this person may see, the worst first. */
export function ApplicationsPage() {
  const t = useTranslations("lists.applications");
  const tClusters = useTranslations("clusters.list");
  const trpc = useTRPC();
  const control = useListState("applications");
  const columns = useApplicationColumns();
  const query = useInfiniteQuery(
    trpc.clusters.applications.infiniteQueryOptions(
      listInput(control.state),
      listPaging<ApplicationRow>(control.state),
    ),
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
      hrefOf={(row) => `${clusterHref(row.clusterId)}?tab=applications` as Route}
      versionOf={(row) => `${row.connectivity} ${row.health} ${row.version} ${row.ready}`}
      worstMark={(worst) => <HealthMark health={HEALTHS.find((health) => health === worst) ?? "unknown"} />}
      empty={
        <EmptyState
          title={t("empty")}
          missing={t("emptyMissing")}
          action={
            <Button variant="primary" asChild>
              <Link href="/clusters">{tClusters("title")}</Link>
            </Button>
          }
        />
      }
    />
  );
}
