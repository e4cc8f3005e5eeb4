"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/shell/empty-state";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { AttentionList } from "./attention-list";
import { FleetFigures } from "./fleet-figures";
import { FleetNow } from "./fleet-now";
import { OverviewChanges } from "./overview-changes";
import { OverviewOperations } from "./overview-operations";

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <div className="mb-2 flex items-baseline justify-between gap-3">
        <h2 className="font-semibold text-heading">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** An answer that was counted before we asked lacks what is newer: it is asked for once more so soon. */
const BEHIND_MS = 3000;
/** Also without news it is asked for so often: what grows old does so unannounced. */
const REFRESH_MS = 60_000;
/** An older one says that the console does not answer any more. */
const STALE_SECONDS = 180;

function OverviewSkeleton() {
  return (
    <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
      <Skeleton className="h-48" />
      <Skeleton className="h-48" />
      <Skeleton className="h-28 lg:col-span-2" />
      <Skeleton className="h-40 lg:col-span-2" />
    </div>
  );
}

/** What needs me now and where, and what the whole fleet does. */
export function OverviewPage() {
  const t = useTranslations("fleet.overview");
  const trpc = useTRPC();
  const query = useQuery(
    trpc.fleet.overview.queryOptions(undefined, {
      refetchInterval: ({ state }) => (state.data?.isEarlier ? BEHIND_MS : REFRESH_MS),
    }),
  );
  return (
    <>
      <PageHeader
        title={t("title")}
        description={
          query.data ? (
            <span className="flex flex-wrap items-baseline gap-x-1.5 text-caption">
              {t("age")}
              <FreshnessMark
                observedAt={query.data.countedAt}
                staleAfterSeconds={STALE_SECONDS}
                provenance={{ origin: "measured", source: t("source") }}
                isShort
              />
            </span>
          ) : (
            <Skeleton className="h-4 w-16" />
          )
        }
      />
      <QueryView
        query={query}
        skeleton={<OverviewSkeleton />}
        isEmpty={(overview) =>
          overview.machines.total + overview.clusters.total === 0 && overview.attention.length === 0
        }
        empty={
          <EmptyState
            title={t("empty")}
            missing={t("emptyMissing")}
            action={
              <Button variant="primary" asChild>
                <Link href="/agents">{t("enrol")}</Link>
              </Button>
            }
          />
        }
      >
        {(overview) => (
          <div className="flex max-w-[1600px] flex-col gap-10">
            <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
              <Section title={t("attention")}>
                <AttentionList overview={overview} />
              </Section>
              <Section title={t("now")}>
                <FleetNow overview={overview} />
              </Section>
            </div>
            <div className="border-line border-y py-6">
              <FleetFigures overview={overview} />
            </div>
            <OverviewOperations />
            <Section title={t("changes")}>
              {overview.changes.length > 0 ? (
                <OverviewChanges changes={overview.changes} />
              ) : (
                <p className="text-ink-faint text-table">{t("noChanges")}</p>
              )}
            </Section>
          </div>
        )}
      </QueryView>
    </>
  );
}
