import "server-only";
import { cache } from "react";
import { auth } from "./access/auth";
import type { Caller } from "./access/caller";
import { findCaller } from "./access/sessions";
import { consoleDatabase } from "./database";
import type { Context } from "./trpc";

/** Who sends the request at hand; looked up once a request, and anew at each. */
export const currentCaller = cache(async (): Promise<Caller | null> => {
  const session = await auth();
  return session?.sessionId ? findCaller(consoleDatabase(), session.sessionId) : null;
});

export const createContext = cache(async (): Promise<Context> => ({ caller: await currentCaller() }));
