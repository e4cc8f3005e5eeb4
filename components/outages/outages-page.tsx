"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { EmptyState } from "@/components/shell/empty-state";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import { outageHref } from "./outage-href";
import { OutageTime } from "./outage-time";
import { type Outage, useOutageText } from "./use-outage-text";

function OutageLine({ outage }: { outage: Outage }) {
  const t = useTranslations("outages");
  const text = useOutageText();
  const isOpen = outage.endedAt === null;
  return (
    <li className="border-line border-t first:border-t-0">
      <Link href={outageHref(outage.id)} className="flex items-baseline gap-3 rounded-md px-2 py-2.5 hover:bg-hover">
        <StateMark state={isOpen ? "critical" : "good"} word={t(isOpen ? "ongoing" : "past")} isWordHidden />
        <span className="min-w-0 flex-1 text-table">
          <span className="font-medium text-body text-ink">{text.title(outage)}</span>
          {outage.isSimulated ? <SimulatedMark isShort /> : null}
          <span className="block text-ink-muted">{text.reach(outage)}</span>
          <span className="block text-ink-faint">
            {t(`confidence.${outage.confidence}`)}
            {outage.applications ? ` · ${t("applications", { count: outage.applications })}` : ""}
          </span>
        </span>
        <OutageTime outage={outage} />
      </Link>
    </li>
  );
}

/** What went dark together: what goes on, the widest first, and what is over. */
export function OutagesPage() {
  const t = useTranslations("outages");
  const trpc = useTRPC();
  const query = useQuery(trpc.outages.list.queryOptions());
  return (
    <>
      <PageHeader title={t("title")} />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-[50dvh]" />}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<EmptyState title={t("empty")} missing={t("emptyMissing")} />}
      >
        {({ rows, total }) => {
          const open = rows.filter(({ endedAt }) => endedAt === null);
          const past = rows
            .filter(({ endedAt }) => endedAt !== null)
            .sort((a, b) => b.beganTo.getTime() - a.beganTo.getTime());
          return (
            <div className="flex max-w-[1000px] flex-col gap-8">
              <section aria-labelledby="outages-ongoing">
                <h2 id="outages-ongoing" className="mb-1 font-semibold text-heading">
                  {t("ongoing")}
                </h2>
                {open.length > 0 ? (
                  <ul className="-mx-2">
                    {open.map((outage) => (
                      <OutageLine key={outage.id} outage={outage} />
                    ))}
                  </ul>
                ) : (
                  <StateMark state="good" word={t("noneOngoing")} className="text-table" />
                )}
              </section>
              {past.length > 0 ? (
                <section aria-labelledby="outages-past">
                  <h2 id="outages-past" className="mb-1 font-semibold text-heading">
                    {t("past")}
                  </h2>
                  <ul className="-mx-2">
                    {past.map((outage) => (
                      <OutageLine key={outage.id} outage={outage} />
                    ))}
                  </ul>
                </section>
              ) : null}
              {total > rows.length ? (
                <p className="text-caption text-ink-faint">{t("notAll", { count: total - rows.length })}</p>
              ) : null}
            </div>
          );
        }}
      </QueryView>
    </>
  );
}
