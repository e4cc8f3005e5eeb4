import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { TeamPage } from "@/components/access/team-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("access.team"))("title") };
}

export default async function Page() {
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.access.account.get.queryOptions());
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <TeamPage />
    </HydrationBoundary>
  );
}
