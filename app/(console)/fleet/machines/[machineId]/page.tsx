import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { MachinePage } from "@/components/fleet/machine-page";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

/** The machine's name; where there is no such machine for this reader, only what kind of page it is. */
export async function generateMetadata({ params }: PageProps<"/fleet/machines/[machineId]">): Promise<Metadata> {
  const { machineId } = await params;
  await requireCaller();
  const machine = await getQueryClient()
    .fetchQuery(trpc.fleet.machines.get.queryOptions({ machineId }))
    .catch(() => null);
  return { title: machine?.name ?? (await getTranslations("fleet.machines"))("title") };
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
