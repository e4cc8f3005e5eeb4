import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { QuarantinePage } from "@/components/telemetry/quarantine-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("telemetry.quarantine"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <QuarantinePage />;
}
