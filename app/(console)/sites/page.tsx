import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SitesPage } from "@/components/sites/sites-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("sites.list"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <SitesPage />;
}
