import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { MachinesPage } from "@/components/fleet/machines-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("fleet.machines"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <MachinesPage />;
}
