"use client";

import { useQuery } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { clusterHref } from "@/components/clusters/cluster-href";
import { PageHeader } from "@/components/shell/page-header";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnitOutlook, type UnitOutlookProps } from "./unit-outlook";

/** One pool or volume: when it is full, how it came so far, and what it holds. */
export function UnitPage({ clusterId, kind, entityKey }: UnitOutlookProps) {
  const t = useTranslations("storage");
  const trpc = useTRPC();
  const { data: cluster } = useQuery(trpc.clusters.get.queryOptions({ clusterId }));
  return (
    <>
      <PageHeader
        title={<span className="break-all">{entityKey}</span>}
        description={t(`kinds.${kind}`)}
        breadcrumb={
          <>
            <Link href="/storage" className="hover:underline">
              {t("list.title")}
            </Link>
            {cluster ? (
              <>
                {" / "}
                <Link href={`${clusterHref(clusterId)}?tab=storage` as Route} className="hover:underline">
                  {cluster.name}
                </Link>
              </>
            ) : null}
          </>
        }
      />
      <UnitOutlook clusterId={clusterId} kind={kind} entityKey={entityKey} />
    </>
  );
}
