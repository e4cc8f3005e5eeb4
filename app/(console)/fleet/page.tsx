import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { OverviewPage } from "@/components/fleet/overview-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("fleet.overview"))("title") };
}

export default async function Page() {
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.fleet.overview.queryOptions());
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <OverviewPage />
    </HydrationBoundary>
  );
}
