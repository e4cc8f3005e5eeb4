"use server";

import { AuthError } from "next-auth";
import { signIn } from "@/server/access/auth";
import { ownPath } from "./own-path";

/** What went wrong, for the form; a sign-in that works never returns. */
export type SignInResult = { email: string } & (
  | { reason: "refused" | "unexpected" }
  | { reason: "limited"; seconds: number }
);

/** Signs in with e-mail and password. */
export async function signInWithForm(_before: SignInResult | null, form: FormData): Promise<SignInResult> {
  const email = String(form.get("email") ?? "").slice(0, 320);
  try {
    await signIn("password", {
      email,
      password: form.get("password"),
      redirectTo: ownPath(form.get("next")),
    });
    return { email, reason: "unexpected" };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error; // the redirect after success is one of these
    const code = "code" in error ? String(error.code) : "";
    const limited = /^limited-(\d+)$/.exec(code);
    if (limited) return { email, reason: "limited", seconds: Number(limited[1]) };
    return { email, reason: error.type === "CredentialsSignin" ? "refused" : "unexpected" };
  }
}

/** Goes to the identity provider. */
export async function signInWithProvider(form: FormData): Promise<void> {
  await signIn("oidc", { redirectTo: ownPath(form.get("next")) });
}
