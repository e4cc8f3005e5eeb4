import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ApplicationsPage } from "@/components/clusters/applications-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("lists.applications"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <ApplicationsPage />;
}
