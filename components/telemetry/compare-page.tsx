"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Skeleton } from "@/components/ui/skeleton";
import { CompareGroups } from "./compare-groups";
import { CompareTop } from "./compare-top";
import { SelectorField, useSelector } from "./selector-field";

/** Which machines do most, and what groups of sites do together. */
export function ComparePage() {
  const t = useTranslations("telemetry.compare");
  const trpc = useTRPC();
  const selector = useSelector();
  const sites = useQuery(trpc.fleet.sites.list.queryOptions());
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} />
      <div className="flex max-w-[1200px] flex-col gap-10">
        <SelectorField {...selector} />
        <CompareTop selector={selector.asked} />
        <QueryView query={sites} skeleton={<Skeleton className="h-80" />}>
          {(all) => <CompareGroups selector={selector.asked} sites={all} />}
        </QueryView>
      </div>
    </>
  );
}
