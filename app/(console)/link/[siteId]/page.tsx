import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { SiteLinkPage } from "@/components/telemetry/site-link-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("telemetry.link"))("title") };
}

export default async function Page({ params }: PageProps<"/link/[siteId]">) {
  const { siteId } = await params;
  await requireCaller();
  return <SiteLinkPage siteId={siteId} />;
}
