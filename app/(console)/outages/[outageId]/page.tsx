import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { OutagePage } from "@/components/outages/outage-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("outages"))("title") };
}

export default async function Page({ params }: PageProps<"/outages/[outageId]">) {
  const { outageId } = await params;
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.outages.get.queryOptions({ outageId }));
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <OutagePage outageId={outageId} />
    </HydrationBoundary>
  );
}
