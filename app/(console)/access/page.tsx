import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { TeamPage } from "@/components/access/team-page";
import { callerCan } from "@/server/access/caller";
import { getQueryClient, requireCaller, trpc } from "@/server/rsc";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("access.team"))("title") };
}

export default async function Page() {
  const caller = await requireCaller();
  const queries = getQueryClient();
  // Everything at once: a link to #sessions must not be pushed away by lists that come later.
  await Promise.all([
    queries.prefetchQuery(trpc.access.account.get.queryOptions()),
    queries.prefetchQuery(trpc.access.sessions.list.queryOptions()),
    callerCan(caller, "access:read") && queries.prefetchQuery(trpc.access.members.list.queryOptions()),
    callerCan(caller, "access:manage") && queries.prefetchQuery(trpc.access.invitations.list.queryOptions()),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queries)}>
      <TeamPage />
    </HydrationBoundary>
  );
}
