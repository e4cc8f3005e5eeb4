import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { OutagesPage } from "@/components/outages/outages-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("outages"))("title") };
}

export default async function Page() {
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.outages.list.queryOptions());
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <OutagesPage />
    </HydrationBoundary>
  );
}
