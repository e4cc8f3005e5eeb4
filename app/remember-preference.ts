"use server";

import { cookies, headers } from "next/headers";
import { isPreference, PREFERENCE_COOKIES, type PreferenceName } from "@/i18n/preferences";

/**
 * Keeps one preference of this browser for a year and renders the page anew with it.
 * What is not a possible value is dropped without a word: the request was not made by our own screen.
 */
export async function rememberPreference(name: PreferenceName, value: string): Promise<void> {
  if (!Object.hasOwn(PREFERENCE_COOKIES, name) || !isPreference(name, value)) return;
  const isSecure = (await headers()).get("x-forwarded-proto") === "https";
  const jar = await cookies();
  jar.set(PREFERENCE_COOKIES[name], value, {
    httpOnly: true,
    sameSite: "lax",
    secure: isSecure,
    path: "/",
    maxAge: 365 * 86_400,
  });
}
