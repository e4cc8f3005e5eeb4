"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { EntityTable } from "@/components/fleet/entity-table";
import { machineHref } from "@/components/fleet/machine-href";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { LinkNoticeMark } from "./link-notice";
import { BytesPerSample } from "./links-page";

type SiteLink = Outputs["telemetry"]["links"]["get"];
type Agent = SiteLink["agents"][number];
type BytesName = "totalBytes" | "liveBytes" | "backlogBytes" | "reportBytes" | "controlBytes" | "framingBytes";

/** What each agent of a site has sent, in which profile, and what is not well with it. */
export function LinkAgents({ link }: { link: SiteLink }) {
  const t = useTranslations("telemetry.link");
  const bytes = (name: BytesName) => (agent: Agent) => <Quantity kind="bytes" value={agent.totals?.[name] ?? null} />;
  const figure = (id: string, header: string, cell: (agent: Agent) => ReactNode) => ({
    id,
    header,
    isFigure: true,
    cell,
  });
  return (
    <EntityTable
      title={t("agentsTitle")}
      entities={link.agents}
      getKey={({ streamId }) => String(streamId)}
      columns={[
        {
          id: "agent",
          header: t("columns.agent"),
          cell: (agent) =>
            agent.machineId ? (
              <Link href={machineHref(agent.machineId)} className="font-medium text-accent-text hover:underline">
                {agent.name}
              </Link>
            ) : (
              agent.name
            ),
        },
        figure("total", t("columns.total"), bytes("totalBytes")),
        figure("live", t("columns.live"), bytes("liveBytes")),
        figure("backlog", t("columns.backlog"), bytes("backlogBytes")),
        figure("reports", t("columns.reports"), bytes("reportBytes")),
        figure("control", t("columns.control"), bytes("controlBytes")),
        figure("framing", t("columns.framing"), bytes("framingBytes")),
        figure("bytesPerSample", t("columns.bytesPerSample"), (agent) => <BytesPerSample totals={agent.totals} />),
        {
          id: "profile",
          header: t("columns.profile"),
          cell: ({ profile, transport }) =>
            profile === null ? (
              <UnknownValue reason={null} isShort />
            ) : (
              [t(`profileNames.${profile}`), ...(transport ? [t(`transport.${transport}`)] : [])].join(" · ")
            ),
        },
        figure("waiting", t("columns.waiting"), ({ spoolMoments }) =>
          spoolMoments === null ? (
            <UnknownValue reason={null} isShort />
          ) : spoolMoments === 0 ? (
            t("nothingWaiting")
          ) : (
            t("waitingMoments", { count: spoolMoments })
          ),
        ),
        figure("received", t("columns.received"), ({ lastReceivedAt, intervalSeconds, name }) => (
          <FreshnessMark
            observedAt={lastReceivedAt}
            staleAfterSeconds={MISSED_INTERVALS_MAX * intervalSeconds}
            provenance={{ origin: "measured", source: name }}
            isShort
          />
        )),
        { id: "notice", header: t("columns.notice"), cell: (agent) => <LinkNoticeMark trouble={agent} /> },
      ]}
    />
  );
}
