import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { ComparePage } from "@/components/telemetry/compare-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("telemetry.compare"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <ComparePage />;
}
