import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { UnitPage } from "@/components/storage/unit-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("storage.list"))("title") };
}

export default async function Page({ params, searchParams }: PageProps<"/storage/[clusterId]">) {
  const { clusterId } = await params;
  const { kind, key } = await searchParams;
  await requireCaller();
  return <UnitPage clusterId={clusterId} kind={kind === "pool" ? "pool" : "volume"} entityKey={String(key ?? "")} />;
}
