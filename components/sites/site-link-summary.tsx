"use client";

import { useQuery } from "@tanstack/react-query";
import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

function Quality({ link }: { link: Outputs["telemetry"]["links"]["get"] }) {
  const t = useTranslations("sites.site");
  const dropped = link.agents.reduce((sum, agent) => sum + agent.droppedMoments, 0);
  const isThinned = link.agents.some(({ thinnedSince }) => thinnedSince !== null);
  if (link.totals === null) return <StateMark state="unknown" word={t("linkUnknown")} />;
  if (dropped > 0) return <StateMark state="critical" word={t("linkDropped", { count: dropped })} />;
  return isThinned ? (
    <StateMark state="warning" word={t("linkThinned")} />
  ) : (
    <StateMark state="good" word={t("linkFine")} />
  );
}

/** What the link of a site carried in the last day, and whether anything was lost to it. */
export function SiteLinkSummary({ siteId }: { siteId: string }) {
  const t = useTranslations("sites.site");
  const trpc = useTRPC();
  const [since] = useState(() => new Date(Math.floor((Date.now() - DAY_MS) / HOUR_MS) * HOUR_MS));
  const query = useQuery(trpc.telemetry.links.get.queryOptions({ siteId, since }));
  return (
    <section>
      <h2 className="mb-1 font-semibold text-heading">{t("link")}</h2>
      <QueryView query={query} skeleton={<Skeleton className="h-12" />}>
        {(link) => (
          <div className="flex flex-wrap items-baseline gap-x-6 gap-y-2 text-table">
            <span>
              <span className="text-ink-faint">{t("linkBytes")}</span>{" "}
              <Quantity kind="bytes" value={link.totals?.totalBytes ?? null} />
            </span>
            <Quality link={link} />
            <Link
              href={`/link/${siteId}` as Route}
              className="inline-flex items-center text-accent-text underline max-md:min-h-11"
            >
              {t("linkDetails")}
            </Link>
          </div>
        )}
      </QueryView>
    </section>
  );
}
