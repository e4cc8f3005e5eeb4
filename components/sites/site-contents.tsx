"use client";

import { useQuery } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { clusterHref } from "@/components/clusters/cluster-href";
import { HealthMark } from "@/components/clusters/health-mark";
import { ConnectivityMark } from "@/components/fleet/connectivity-mark";
import { machineHref } from "@/components/fleet/machine-href";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import { factValueOf, formatSelector } from "@/contract/selector";
import { fillSeverity, MISSED_INTERVALS_MAX } from "@/server/fleet/model";

/** Rows of each kind on this page; the lists have all of them. */
const ROWS = 25;

/** One thing at a site: its name as a large link, its states beside it. */
function Line({ href, name, children }: { href: Route; name: string; children: ReactNode }) {
  return (
    <li className="border-line border-t">
      <Link
        href={href}
        prefetch={false}
        className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-0.5 py-1.5 text-table hover:bg-hover md:min-h-9"
      >
        <span className="min-w-0 flex-1 break-words font-medium text-ink">{name}</span>
        {children}
      </Link>
    </li>
  );
}

type ListProps = { title: string; none: string; total: number; allHref: Route; children: ReactNode; rows: number };

function List({ title, none, total, rows, allHref, children }: ListProps) {
  const t = useTranslations("sites.site");
  return (
    <section>
      <h2 className="mb-1 font-semibold text-heading">
        {title} <span className="font-normal text-ink-faint text-table tabular-nums">{total}</span>
      </h2>
      {total === 0 ? <p className="text-ink-faint text-table">{none}</p> : <ul>{children}</ul>}
      {total > rows ? (
        <Link href={allHref} className="inline-flex min-h-9 items-center text-accent-text text-table underline">
          {t("more", { count: total - rows })}
        </Link>
      ) : null}
    </section>
  );
}

const contactOf = (row: { name: string; intervalSeconds: number | null; lastReceivedAt: Date | null }) => (
  <span className="w-16 text-right">
    <FreshnessMark
      observedAt={row.lastReceivedAt}
      staleAfterSeconds={MISSED_INTERVALS_MAX * (row.intervalSeconds ?? 60)}
      provenance={{ origin: "measured", source: row.name }}
      isShort
    />
  </span>
);

/** The clusters and machines at a site, the worst and the silent first. */
export function SiteContents({ name }: { name: string }) {
  const t = useTranslations("sites.site");
  const trpc = useTRPC();
  const selector = formatSelector([{ fact: "text", key: "site", operator: "in", values: [factValueOf(name, "text")] }]);
  const clusters = useQuery(trpc.clusters.list.queryOptions({ selector, limit: ROWS }));
  const machines = useQuery(trpc.fleet.machines.list.queryOptions({ selector, limit: ROWS, sort: "connectivity" }));
  const query = `?${new URLSearchParams({ selector })}`;
  return (
    <>
      <QueryView query={clusters} skeleton={<Skeleton className="h-24" />}>
        {({ rows, total }) => (
          <List
            title={t("clusters")}
            none={t("noClusters")}
            total={total}
            rows={rows.length}
            allHref={`/clusters${query}` as Route}
          >
            {rows.map((row) => (
              <Line key={row.id} href={clusterHref(row.id)} name={row.name}>
                <HealthMark health={row.health} isPast={row.connectivity !== "online"} />
                <ConnectivityMark connectivity={row.connectivity} intervalSeconds={null} />
                {contactOf(row)}
              </Line>
            ))}
          </List>
        )}
      </QueryView>
      <QueryView query={machines} skeleton={<Skeleton className="h-24" />}>
        {({ rows, total }) => (
          <List
            title={t("machines")}
            none={t("noMachines")}
            total={total}
            rows={rows.length}
            allHref={`/fleet/machines${query}` as Route}
          >
            {rows.map((row) => {
              const fill = row.connectivity === "online" ? fillSeverity(row.filesystemUsedRatioMax) : "unknown";
              return (
                <Line key={row.id} href={machineHref(row.id)} name={row.name}>
                  <StateMark state={fill} />
                  <ConnectivityMark connectivity={row.connectivity} intervalSeconds={null} />
                  {contactOf(row)}
                </Line>
              );
            })}
          </List>
        )}
      </QueryView>
    </>
  );
}
