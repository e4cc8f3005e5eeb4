import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { InvitationPage } from "@/components/access/invitation-page";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("access.invitation"))("title") };
}

export default function Page() {
  return <InvitationPage />;
}
