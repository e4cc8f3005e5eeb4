import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ClusterPage } from "@/components/clusters/cluster-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

/** The cluster's name; where there is no such cluster for this reader, only what kind of page it is. */
export async function generateMetadata({ params }: PageProps<"/clusters/[clusterId]">): Promise<Metadata> {
  const { clusterId } = await params;
  await requireCaller();
  const cluster = await getQueryClient()
    .fetchQuery(trpc.clusters.get.queryOptions({ clusterId }))
    .catch(() => null);
  return { title: cluster?.name ?? (await getTranslations("clusters.list"))("title") };
}

export default async function Page({ params }: PageProps<"/clusters/[clusterId]">) {
  const { clusterId } = await params;
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.clusters.get.queryOptions({ clusterId }));
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <ClusterPage clusterId={clusterId} />
    </HydrationBoundary>
  );
}
