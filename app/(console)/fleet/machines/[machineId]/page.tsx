import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { MachinePage } from "@/components/fleet/machine-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("fleet.machines"))("title") };
}

export default async function Page({ params }: PageProps<"/fleet/machines/[machineId]">) {
  const { machineId } = await params;
  await requireCaller();
  await getQueryClient().prefetchQuery(trpc.fleet.machines.get.queryOptions({ machineId }));
  return (
    <HydrationBoundary state={dehydrate(getQueryClient())}>
      <MachinePage machineId={machineId} />
    </HydrationBoundary>
  );
}
