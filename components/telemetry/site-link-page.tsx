"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useMay } from "@/components/access/use-may";
import { Meter } from "@/components/chart/meter";
import { TimeSeriesChart } from "@/components/chart/time-series-chart";
import { EntityTable } from "@/components/fleet/entity-table";
import { useClock } from "@/components/shell/clock";
import { DetailView } from "@/components/shell/detail-view";
import { useMomentText } from "@/components/shell/moment-text";
import { PageHeader } from "@/components/shell/page-header";
import { Quantity } from "@/components/shell/quantity";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Stat } from "@/components/ui/stat";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import type { Outputs } from "@/server/root";
import { LinkAgents } from "./link-agents";
import { LinkNotices } from "./link-notice";
import { LinkSettingsForm } from "./link-settings-form";
import { BytesPerSample } from "./links-page";
import { SinceSwitch } from "./since-switch";
import { useSince } from "./use-since";

type SiteLink = Outputs["telemetry"]["links"]["get"];
const PURPOSES = ["liveBytes", "backlogBytes", "reportBytes", "controlBytes", "framingBytes"] as const;
const DAY_SECONDS = 86_400;

/** What all agents of the site may send in a day together; null where that is not limited. */
function budgetOf({ settings, agents }: SiteLink): number | null {
  return settings.bytesPerDay === null ? null : settings.bytesPerDay * Math.max(1, agents.length);
}

function Figures({ link }: { link: SiteLink }) {
  const t = useTranslations("telemetry.link");
  const locale = useLocale();
  const { totals, settings } = link;
  const perDay = totals && totals.seconds > 0 ? (totals.totalBytes / totals.seconds) * DAY_SECONDS : null;
  const budget = budgetOf(link);
  const share = perDay !== null && budget !== null ? perDay / budget : null;
  const limits = [
    budget === null
      ? `${t("budget")}: ${t("noBudget")}`
      : t("ofBudget", {
          share: share === null ? "?" : quantityText("ratio", share, locale),
          budget: quantityText("bytes", budget, locale),
        }),
    ...(settings.bitsPerSecond === null
      ? []
      : [t("bitsPerSecond", { rate: quantityText("bitsPerSecond", settings.bitsPerSecond, locale) })]),
  ];
  return (
    <div className="grid grid-cols-2 gap-x-6 gap-y-6 md:grid-cols-4">
      <Stat
        label={t("total")}
        figure={<Quantity kind="bytes" value={totals?.totalBytes ?? null} />}
        detail={<SinceText from={link.from} />}
      />
      <Stat label={t("bytesPerSample")} figure={<BytesPerSample totals={totals} />} />
      <Stat label={t("samples")} figure={<Quantity kind="count" value={totals?.samples ?? null} />} />
      <Stat
        label={t("projected")}
        figure={<Quantity kind="bytes" value={perDay} />}
        meter={
          budget === null ? undefined : (
            <Meter
              label={t("budget")}
              ratio={share}
              severity={share === null ? "unknown" : share > 1 ? "critical" : share > 0.9 ? "warning" : "good"}
            />
          )
        }
        detail={limits.join(" · ")}
      />
    </div>
  );
}

function SinceText({ from }: { from: Date }) {
  const t = useTranslations("telemetry.link");
  const moment = useMomentText();
  const time = useClock((nowMs) => moment.clock(from, nowMs));
  return t("sinceText", { time });
}

function Purposes({ link }: { link: SiteLink }) {
  const t = useTranslations("telemetry.link");
  const { totals } = link;
  const total = totals?.totalBytes ?? 0;
  return (
    <EntityTable
      isShort
      title={t("purposes")}
      help={t("purposesHelp")}
      entities={PURPOSES.map((name) => ({ name, bytes: totals ? totals[name] : null }))}
      getKey={({ name }) => name}
      columns={[
        { id: "purpose", header: t("columns.purpose"), cell: ({ name }) => t(`purposeNames.${name}`) },
        {
          id: "share",
          header: t("columns.share"),
          isFigure: true,
          cell: ({ name, bytes }) => {
            const ratio = bytes === null || total === 0 ? null : bytes / total;
            return (
              <span className="inline-flex w-full items-center justify-end gap-2">
                <Meter label={t(`purposeNames.${name}`)} ratio={ratio} severity="good" className="w-24 max-sm:hidden" />
                <span className="w-12">
                  <Quantity kind="ratio" value={ratio} />
                </span>
              </span>
            );
          },
        },
        {
          id: "bytes",
          header: t("columns.total"),
          isFigure: true,
          cell: ({ bytes }) => <Quantity kind="bytes" value={bytes} />,
        },
      ]}
    />
  );
}

function Profiles({ link }: { link: SiteLink }) {
  const t = useTranslations("telemetry.link");
  const budget = budgetOf(link);
  return (
    <EntityTable
      isShort
      title={t("profiles")}
      help={t("profilesHelp")}
      entities={link.projections}
      getKey={({ profile }) => profile}
      columns={[
        {
          id: "profile",
          header: t("columns.profile"),
          cell: ({ profile }) => (
            <>
              <span className="font-medium">{t(`profileNames.${profile}`)}</span>
              <span className="ml-2 text-caption text-ink-faint">{t(`profileWords.${profile}`)}</span>
            </>
          ),
        },
        {
          id: "perDay",
          header: t("columns.perDay"),
          isFigure: true,
          cell: ({ bytesPerDay }) =>
            bytesPerDay === null ? t("notMeasured") : <Quantity kind="bytes" value={bytesPerDay} />,
        },
        ...(budget === null
          ? []
          : [
              {
                id: "budget",
                header: t("budget"),
                cell: ({ bytesPerDay }: SiteLink["projections"][number]) =>
                  bytesPerDay === null ? null : bytesPerDay > budget ? (
                    <StateMark state="warning" word={t("over")} />
                  ) : (
                    t("fits")
                  ),
              },
            ]),
        {
          id: "known",
          header: t("columns.known"),
          isFigure: true,
          cell: ({ known }) => t("known", { known, total: link.agents.length }),
        },
      ]}
    />
  );
}

function History({ link }: { link: SiteLink }) {
  const t = useTranslations("telemetry.link");
  const isHourly = link.stepSeconds < DAY_SECONDS;
  return (
    <TimeSeriesChart
      question={t(isHourly ? "history.hour" : "history.day")}
      kind="bytes"
      series={PURPOSES.map((name) => ({
        id: name,
        label: t(`purposeNames.${name}`),
        points: link.history.map((step) => ({ at: step.at.getTime(), value: step[name] })),
      }))}
      fromMs={link.from.getTime()}
      toMs={link.to.getTime()}
      bucketSeconds={link.stepSeconds}
      gapSeconds={2 * link.stepSeconds}
      shape="stacked"
      fileName={`link-${link.name.replaceAll(/[^\w.-]+/g, "_")}`}
    />
  );
}

/** What the link of one site costs: by purpose, by agent, over time, and in other profiles. */
export function SiteLinkPage({ siteId }: { siteId: string }) {
  const t = useTranslations("telemetry.link");
  const trpc = useTRPC();
  const may = useMay();
  const { name, since, choose } = useSince();
  const query = useQuery(
    trpc.telemetry.links.get.queryOptions({ siteId, since }, { placeholderData: keepPreviousData }),
  );
  return (
    <DetailView
      query={query}
      list={{ href: "/link", label: t("breadcrumb") }}
      notFound={{ title: t("notFound"), help: t("notFoundHelp") }}
    >
      {(link, breadcrumb) => (
        <>
          <PageHeader
            title={link.name}
            breadcrumb={breadcrumb}
            actions={<SinceSwitch since={name} onSince={choose} />}
          />
          <LinkNotices trouble={link} />
          <Figures link={link} />
          <div className="mt-8 grid grid-cols-1 gap-x-10 gap-y-8 xl:grid-cols-2">
            <Purposes link={link} />
            <div className="flex min-w-0 flex-col gap-8">
              <Profiles link={link} />
              {may("fleet:update") ? (
                <LinkSettingsForm
                  key={JSON.stringify(link.settings)}
                  siteId={siteId}
                  name={link.name}
                  settings={link.settings}
                />
              ) : null}
            </div>
          </div>
          <div className="mt-8 flex flex-col gap-8">
            <History link={link} />
            <LinkAgents link={link} />
          </div>
        </>
      )}
    </DetailView>
  );
}
