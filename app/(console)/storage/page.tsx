import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { StoragePage } from "@/components/storage/storage-page";
import { requireCaller } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("storage.list"))("title") };
}

export default async function Page() {
  await requireCaller();
  return <StoragePage />;
}
