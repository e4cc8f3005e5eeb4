import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SupportPage } from "@/components/support/support-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("support"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <SupportPage />;
}
