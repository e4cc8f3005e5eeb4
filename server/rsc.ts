import "server-only";
import { QueryClient } from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import superjson from "superjson";
import type { Caller } from "./access/caller";
import { createContext, currentCaller } from "./context";
import { appRouter } from "./root";

/** The signed-in person, or the way to the sign-in page. Every page of the console starts with it. */
export async function requireCaller(): Promise<Caller> {
  const caller = await currentCaller();
  if (!caller) {
    const path = (await headers()).get("x-path");
    redirect(path && path !== "/fleet" ? `/sign-in?next=${encodeURIComponent(path)}` : "/sign-in");
  }
  return caller;
}

/** One a request; what was prefetched into it travels to the browser. Await it, or both first pictures differ. */
export const getQueryClient = cache(
  () =>
    new QueryClient({
      defaultOptions: {
        queries: { staleTime: 30_000 },
        // What failed here does not travel: it is asked again in the browser, where the error has its place on the page.
        dehydrate: { serializeData: superjson.serialize },
      },
    }),
);

/** The API for server components: same procedures, same permissions, no HTTP. */
export const trpc = createTRPCOptionsProxy({ ctx: createContext, router: appRouter, queryClient: getQueryClient });
