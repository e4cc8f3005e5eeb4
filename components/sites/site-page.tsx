"use client";

import { useQuery } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMay } from "@/components/access/use-may";
import { useClock } from "@/components/shell/clock";
import { DetailView } from "@/components/shell/detail-view";
import { useMomentText } from "@/components/shell/moment-text";
import { PageHeader } from "@/components/shell/page-header";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { SiteChangeList } from "./site-change-list";
import { SiteContents } from "./site-contents";
import { SiteDialog } from "./site-dialog";
import { SiteFacts } from "./site-facts";
import { regionHref } from "./site-href";
import { SiteLinkSummary } from "./site-link-summary";
import { SiteReach } from "./site-reach";

/** What the page shows changes without being told of it only as time passes. */
const REFRESH_MS = 30_000;
export type Site = Outputs["sites"]["get"];

/** Its shape, since when, and both judgements behind it. */
function StateLine({ site }: { site: Site }) {
  const t = useTranslations("sites.site");
  const moment = useMomentText();
  const since = useClock((nowMs) => (site.since === null ? null : moment.clock(site.since, nowMs)));
  const last = useClock((nowMs) => (site.lastReceivedAt === null ? null : moment.age(site.lastReceivedAt, nowMs)));
  const online = site.machinesOnline + site.clustersOnline;
  const isSomething = site.connectivity !== "empty" && site.connectivity !== "never";
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <StateMark state={site.state} className="font-medium" />
      {site.isSimulated ? <SimulatedMark /> : null}
      <span>
        {t(`connectivity.${site.connectivity}`, { online, total: site.machines + site.clusters })}
        {isSomething && site.connectivity !== "offline" ? `, ${t(`health.${site.health}`)}` : null}
      </span>
      {isSomething ? (
        <span className="text-ink-faint">{since === null ? t("sinceUnknown") : t("since", { time: since })}</span>
      ) : null}
      {last === null ? null : (
        <span className="text-ink-faint">
          {t("lastContact")} {last}
        </span>
      )}
    </div>
  );
}

/** One site, as somebody needs it who stands in front of it: how it is, whom to call, what is there. */
export function SitePage({ siteId }: { siteId: string }) {
  const t = useTranslations("sites.site");
  const trpc = useTRPC();
  const may = useMay();
  const [isEditing, setEditing] = useState(false);
  const query = useQuery(trpc.sites.get.queryOptions({ siteId }, { refetchInterval: REFRESH_MS }));
  return (
    <DetailView
      query={query}
      list={{ href: "/sites", label: t("breadcrumb") }}
      notFound={{ title: t("notFound"), help: t("notFoundHelp") }}
      silentSince={(site) => (site.state === "offline" ? site.lastReceivedAt : null)}
    >
      {(site, breadcrumb) => (
        <>
          <PageHeader
            title={<span className="break-words">{site.name}</span>}
            breadcrumb={
              <>
                {breadcrumb}
                {site.region === null ? null : (
                  <>
                    {" "}
                    <span aria-hidden>›</span>{" "}
                    <Link href={regionHref(site.region)} className="hover:underline">
                      {site.region}
                    </Link>
                  </>
                )}
              </>
            }
            description={<StateLine site={site} />}
            actions={
              may("fleet:update") ? (
                <Button onClick={() => setEditing(true)} className="max-md:h-11">
                  <Pencil aria-hidden /> {t("edit")}
                </Button>
              ) : null
            }
          />
          <SiteReach site={site} />
          <div className="grid gap-10 xl:grid-cols-[minmax(0,1fr)_22rem]">
            <div className="flex min-w-0 flex-col gap-8">
              <SiteContents name={site.name} />
              <SiteLinkSummary siteId={siteId} />
            </div>
            <aside
              className="flex min-w-0 flex-col gap-8 max-xl:order-first xl:border-line xl:border-l xl:pl-6"
              aria-label={t("facts")}
            >
              <SiteFacts site={site} />
            </aside>
          </div>
          <section className="mt-8">
            <h2 className="mb-2 font-semibold text-heading">{t("timeline")}</h2>
            <SiteChangeList changes={site.changes} />
          </section>
          <SiteDialog key={String(isEditing)} site={site} isOpen={isEditing} onOpenChange={setEditing} />
        </>
      )}
    </DetailView>
  );
}
