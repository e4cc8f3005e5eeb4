import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SendersPage } from "@/components/senders/senders-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("senders"))("title") };
}

export default async function Page() {
  await requireCaller();
  await Promise.all([
    getQueryClient().prefetchQuery(trpc.senders.list.queryOptions()),
    getQueryClient().prefetchQuery(trpc.access.account.get.queryOptions()),
  ]);
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <SendersPage />
    </HydrationBoundary>
  );
}
