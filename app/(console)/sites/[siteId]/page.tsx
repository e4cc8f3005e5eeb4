import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SitePage } from "@/components/sites/site-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

/** The site's name; where there is no such site for this reader, only what kind of page it is. */
export async function generateMetadata({ params }: PageProps<"/sites/[siteId]">): Promise<Metadata> {
  const { siteId } = await params;
  await requireCaller();
  const site = await getQueryClient()
    .fetchQuery(trpc.sites.get.queryOptions({ siteId }))
    .catch(() => null);
  return { title: site?.name ?? (await getTranslations("sites.list"))("title") };
}

export default async function Page({ params }: PageProps<"/sites/[siteId]">) {
  const { siteId } = await params;
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.sites.get.queryOptions({ siteId }));
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <SitePage siteId={siteId} />
    </HydrationBoundary>
  );
}
