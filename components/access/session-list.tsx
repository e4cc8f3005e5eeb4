"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { toast } from "sonner";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import { browserOf } from "./browser-name";

type Session = Outputs["access"]["sessions"]["list"][number];

function SessionLine({ session, isNamed }: { session: Session; isNamed: boolean }) {
  const t = useTranslations("access.sessions");
  const moment = useMomentText();
  const seen = useClock((nowMs) => moment.age(session.lastSeenAt, nowMs));
  const since = useClock((nowMs) => moment.clock(session.createdAt, nowMs));
  const { browser, system } = browserOf(session.userAgent);
  return (
    <div className="min-w-0 flex-1">
      {isNamed ? <span className="font-medium text-ink">{session.userName} · </span> : null}
      <span className={isNamed ? "text-ink-muted" : "font-medium text-ink"}>
        {t("browser", { browser: browser ?? t("unknownBrowser"), system: system ?? t("unknownSystem") })}
      </span>
      {session.isCurrent ? (
        <span className="ml-2">
          <Badge tone="accent">{t("current")}</Badge>
        </span>
      ) : null}
      <div className="text-caption text-ink-faint tabular-nums">
        {t("seen", { time: seen })} · {t("since", { time: since })}
      </div>
    </div>
  );
}

/** Sessions that are alive: one's own, or everybody's for who manages the team. */
export function SessionList({ isEverybody }: { isEverybody: boolean }) {
  const t = useTranslations("access.sessions");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const query = useQuery(trpc.access.sessions.list.queryOptions());
  const revoke = useMutation(
    trpc.access.sessions.revoke.mutationOptions({
      onSuccess: () => void toast.success(t("ended")),
      onError: (error) => void toast.error(failureOf(error).text),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
  return (
    <section id="sessions">
      <h2 className="font-semibold text-heading">{isEverybody ? t("title") : t("titleOwn")}</h2>
      <p className="text-ink-faint text-table">{t("help")}</p>
      <QueryView query={query} skeleton={<Skeleton className="mt-2 h-24" />}>
        {(sessions) => (
          <ul className="mt-2 border-line border-b text-table">
            {sessions.map((session) => (
              <li key={session.id} className="flex items-center gap-3 border-line border-t py-2">
                <SessionLine session={session} isNamed={isEverybody} />
                <Button
                  size="small"
                  variant="ghost"
                  isBusy={revoke.isPending && revoke.variables?.sessionId === session.id}
                  onClick={() => revoke.mutate({ sessionId: session.id })}
                >
                  {t("end")}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </section>
  );
}
