import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { AgentsPage } from "@/components/agents/agents-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("agents"))("title") };
}

export default async function Page() {
  await requireCaller();
  await Promise.all([
    getQueryClient().prefetchInfiniteQuery(
      trpc.agents.list.infiniteQueryOptions({ search: "", limit: 100 }, { getNextPageParam: (last) => last.next }),
    ),
    getQueryClient().prefetchQuery(trpc.agents.list.queryOptions({ status: "waiting", limit: 100 })),
    getQueryClient().prefetchQuery(trpc.access.account.get.queryOptions()),
  ]);
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <AgentsPage />
    </HydrationBoundary>
  );
}
