import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ClustersPage } from "@/components/clusters/clusters-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("clusters.list"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <ClustersPage />;
}
