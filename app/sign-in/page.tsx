import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { getTranslations } from "next-intl/server";
import { SignInPage } from "@/components/access/sign-in-page";
import { getConsoleConfig } from "@/server/config";
import { currentCaller } from "@/server/context";
import { signInWithForm, signInWithProvider } from "./actions";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("access.signIn"))("title") };
}

export default async function Page({ searchParams }: PageProps<"/sign-in">) {
  const { next, email, error } = await searchParams;
  if (await currentCaller()) redirect("/fleet");
  const config = getConsoleConfig();
  const text = (value: string | string[] | undefined) => (typeof value === "string" ? value : null);
  return (
    <SignInPage
      next={text(next)}
      email={text(email)}
      providerError={text(error)}
      providerName={config.OIDC_ISSUER ? config.OIDC_NAME : null}
      onSignIn={signInWithForm}
      onProvider={signInWithProvider}
    />
  );
}
