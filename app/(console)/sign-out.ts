"use server";

import { signOut } from "@/server/access/auth";
import { endSession } from "@/server/access/sessions";
import { currentCaller } from "@/server/context";

/** Ends the session in the database first, then takes the cookie away. */
export async function signOutHere(): Promise<void> {
  const caller = await currentCaller();
  if (caller) await endSession(caller);
  await signOut({ redirectTo: "/sign-in" });
}
