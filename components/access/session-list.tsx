"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import { browserOf } from "./browser-name";

type Session = Outputs["access"]["sessions"]["list"][number];

/** A browser in plain words, for example "Firefox on Linux". */
function useBrowserText(): (userAgent: string | null) => string {
  const t = useTranslations("access.sessions");
  return (userAgent) => {
    const { browser, system } = browserOf(userAgent);
    if (browser === null && system === null) return t("unknownBrowser");
    return t("browser", { browser: browser ?? t("unknownBrowser"), system: system ?? t("unknownSystem") });
  };
}

function SessionLine({ session, isNamed }: { session: Session; isNamed: boolean }) {
  const t = useTranslations("access.sessions");
  const moment = useMomentText();
  const seen = useClock((nowMs) => moment.age(session.lastSeenAt, nowMs));
  const since = useClock((nowMs) => moment.clock(session.createdAt, nowMs));
  const browser = useBrowserText()(session.userAgent);
  return (
    <div className="min-w-0 flex-1">
      {isNamed ? <span className="font-medium text-ink">{session.userName} · </span> : null}
      <span className={isNamed ? "text-ink-muted" : "font-medium text-ink"}>{browser}</span>
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

/** Asks before a session ends; it is mostly on another device, and somebody may be working there. */
function SessionEnd({ session, onClose }: { session: Session; onClose: () => void }) {
  const t = useTranslations("access.sessions");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const browser = useBrowserText()(session.userAgent);
  const revoke = useMutation(
    trpc.access.sessions.revoke.mutationOptions({
      onSuccess: () => {
        toast.success(t("ended"));
        onClose();
      },
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("endTitle", { name: session.userName })}
      consequence={t("endConsequence", { browser })}
      action={t("end")}
      isBusy={revoke.isPending}
      error={revoke.error ? failureOf(revoke.error).text : undefined}
      onConfirm={() => revoke.mutate({ sessionId: session.id })}
    />
  );
}

/** Sessions that are alive: one's own, or everybody's for who manages the team. One's current one ends by signing out. */
export function SessionList({ isEverybody }: { isEverybody: boolean }) {
  const t = useTranslations("access.sessions");
  const trpc = useTRPC();
  const query = useQuery(trpc.access.sessions.list.queryOptions());
  const [asked, setAsked] = useState<Session | null>(null);
  return (
    <section id="sessions" className="scroll-mt-16">
      <h2 className="font-semibold text-heading">{isEverybody ? t("title") : t("titleOwn")}</h2>
      <p className="text-ink-muted text-table">{t("help")}</p>
      <QueryView query={query} skeleton={<Skeleton className="mt-2 h-24" />}>
        {(sessions) => (
          <ul className="mt-2 max-h-[60dvh] overflow-y-auto border-line border-b text-table">
            {[...sessions]
              .sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
              .map((session) => (
                <li key={session.id} className="flex items-center gap-3 border-line border-t py-2">
                  <SessionLine session={session} isNamed={isEverybody} />
                  {session.isCurrent ? null : (
                    <Button size="small" variant="ghost" onClick={() => setAsked(session)}>
                      {t("end")}
                    </Button>
                  )}
                </li>
              ))}
          </ul>
        )}
      </QueryView>
      {asked ? <SessionEnd session={asked} onClose={() => setAsked(null)} /> : null}
    </section>
  );
}
