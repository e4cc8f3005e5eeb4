import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { LinksPage } from "@/components/telemetry/links-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("telemetry.link"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <LinksPage />;
}
