"use client";

import { useQuery } from "@tanstack/react-query";
import { MapPinned } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useClock } from "@/components/shell/clock";
import { DetailView } from "@/components/shell/detail-view";
import { useMomentText } from "@/components/shell/moment-text";
import { PageHeader } from "@/components/shell/page-header";
import { useTRPC } from "@/components/shell/trpc-provider";
import { outageSitesHref } from "@/components/sites/site-href";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import { OutageContacts } from "./outage-contacts";
import { OutageEvidence } from "./outage-evidence";
import { OutageFacts } from "./outage-facts";
import { outageHref } from "./outage-href";
import { OutageMembers } from "./outage-members";
import { OutageOnset } from "./outage-onset";
import { OutageTime } from "./outage-time";
import { type OutageDetail, useOutageText } from "./use-outage-text";

function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <section className="min-w-0" aria-label={title}>
      <h2 className="font-semibold text-heading">{title}</h2>
      {help ? <p className="mb-2 max-w-[70ch] text-caption text-ink-faint">{help}</p> : <div className="mb-2" />}
      {children}
    </section>
  );
}

/** What it is called, how sure that is, and what it means for who has to act. */
function CauseLine({ outage }: { outage: OutageDetail }) {
  const t = useTranslations("outages");
  const text = useOutageText();
  const moment = useMomentText();
  const isOpen = outage.endedAt === null;
  const gateway = useClock((nowMs) => outage.gatewayHeardAt && moment.age(outage.gatewayHeardAt, nowMs));
  return (
    <div className="mb-8 flex max-w-[75ch] flex-col gap-2">
      <p className="flex flex-wrap items-baseline gap-x-4 gap-y-1 text-body">
        <StateMark state={isOpen ? "critical" : "good"} word={text.reach(outage)} className="whitespace-normal" />
        <OutageTime outage={outage} />
        {outage.isSimulated ? <SimulatedMark /> : null}
      </p>
      <p className="text-table">
        <span className="font-medium text-ink">{t(`confidence.${outage.confidence}`)}.</span>{" "}
        <span className="text-ink-muted">
          {outage.cause === "factor" ? `${t(`confidenceHelp.${outage.confidence}`)} ` : null}
          {t(`advice.${outage.cause}`)}
        </span>
      </p>
      {outage.cause === "everything" ? (
        <p className="text-ink-muted text-table">{gateway ? t("gateway", { time: gateway }) : t("noGateway")}</p>
      ) : null}
      {outage.unsure > 0 ? (
        <p className="text-table">
          <StateMark state="unknown" word={t("unsure", { count: outage.unsure })} className="whitespace-normal" />
        </p>
      ) : null}
      {outage.returned > 0 ? (
        <p className="text-ink-muted text-table">
          {t("returned", { count: outage.returned })}.{" "}
          {outage.rebooted > 0 ? t("rebooted", { count: outage.rebooted }) : t("noneRebooted")}
        </p>
      ) : null}
      {outage.applications ? (
        <p className="text-ink-muted text-table">{t("applications", { count: outage.applications })}</p>
      ) : null}
    </div>
  );
}

/** One outage: its cause and how sure that is, who is dark, when it began, whom to call. */
export function OutagePage({ outageId }: { outageId: string }) {
  const t = useTranslations("outages");
  const trpc = useTRPC();
  const text = useOutageText();
  const query = useQuery(trpc.outages.get.queryOptions({ outageId }));
  return (
    <DetailView
      query={query}
      list={{ href: "/outages", label: t("title") }}
      notFound={{ title: t("notFound"), help: t("notFoundHelp") }}
    >
      {(outage, breadcrumb) => (
        <>
          <PageHeader
            title={text.title(outage)}
            breadcrumb={breadcrumb}
            actions={
              <>
                <CopyButton
                  label={t("copy")}
                  text={text.plain(
                    outage,
                    typeof window === "undefined" ? "" : window.location.origin + outageHref(outage.id),
                  )}
                />
                <Button asChild>
                  <Link href={outageSitesHref(outage.id)}>
                    <MapPinned aria-hidden />
                    {t("onMap")}
                  </Link>
                </Button>
              </>
            }
          />
          <CauseLine outage={outage} />
          <div className="grid gap-10 lg:grid-cols-[3fr_2fr]">
            <Section title={t("evidence")} help={t("evidenceHelp")}>
              <OutageEvidence outage={outage} />
            </Section>
            <Section title={t("onset")} help={t("onsetHelp")}>
              <OutageOnset onset={outage.onset} />
            </Section>
            <Section title={t("facts")}>
              <OutageFacts outage={outage} />
            </Section>
            {outage.endedAt === null ? (
              <Section title={t("contacts")}>
                <OutageContacts contacts={outage.contacts} />
              </Section>
            ) : null}
          </div>
          <div className="h-10" />
          <OutageMembers outage={outage} />
        </>
      )}
    </DetailView>
  );
}
