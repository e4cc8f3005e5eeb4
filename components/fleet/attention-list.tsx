"use client";

import type { Route } from "next";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { useMay } from "@/components/access/use-may";
import { clusterHref } from "@/components/clusters/cluster-href";
import { outageHref } from "@/components/outages/outage-href";
import { useOutageText } from "@/components/outages/use-outage-text";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import type { Permission } from "@/server/access/model";
import { FILL_WARNING_RATIO } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { machineHref } from "./machine-href";

type Overview = Outputs["fleet"]["overview"];
type Attention = Overview["attention"][number];

function useAttentionText(): (line: Attention) => string {
  const t = useTranslations("fleet.attention");
  const locale = useLocale();
  const outages = useOutageText();
  return ({ kind, figure, detail, outage }) => {
    const value = figure ?? 0;
    switch (kind) {
      case "outage":
        return outage ? outages.reach(outage) : "";
      case "filesystem":
        return t("filesystem", { detail: detail ?? "", figure: quantityText("ratio", value, locale) });
      case "memory":
        return t("memory", { figure: quantityText("ratio", value, locale) });
      case "clock":
        return t("clock", { figure: quantityText("seconds", Math.abs(value), locale) });
      case "spool":
        return detail === null
          ? t("spoolDropped", { figure: quantityText("count", value, locale) })
          : t("spoolError", { detail });
      case "sums":
        return t("sums", { count: value });
      case "quarantine":
        return t("quarantine", { count: value });
      case "quota":
        return t("quota", { figure: figure === null ? "?" : quantityText("bytesPerSecond", figure, locale) });
      case "clusterNodes":
        return t("clusterNodes", { count: value, total: detail ?? "?" });
      case "clusterSystems":
      case "clusterApplications":
      case "clusterSupport":
        return t(kind, { count: value });
      default:
        return t(kind);
    }
  };
}

function Since({ at }: { at: Date }) {
  const t = useTranslations("fleet.attention");
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.age(at, nowMs));
  return (
    <time
      dateTime={at.toISOString()}
      title={moment.exact(at)}
      className="shrink-0 text-caption text-ink-faint tabular-nums"
    >
      {t("since", { time: text })}
    </time>
  );
}

/** These are of the whole organisation: they have no name of their own. */
const OF_ALL: ReadonlySet<Attention["kind"]> = new Set(["sums", "quarantine", "clusterSupport"]);

function targetOf(line: Attention, may: (permission: Permission) => boolean): Route {
  if (line.outage) return outageHref(line.outage.id);
  if (line.kind === "sums") return may("access:read") ? "/telemetry/storage" : "/fleet";
  if (line.kind === "quarantine") return "/telemetry/quarantine";
  if (line.kind === "clusterSupport") return "/support?tab=plan&state=ended";
  if (line.clusterId) return clusterHref(line.clusterId);
  return line.machineId ? machineHref(line.machineId) : "/agents";
}

/** Where what is not listed here is listed. */
const MORE_HREFS: Record<keyof Overview["attentionMore"], Route> = {
  machinesOffline: "/fleet/machines?state=offline",
  machinesNever: "/fleet/machines?state=never",
  machinesOther: "/fleet/machines?state=online&sort=filesystem&order=desc",
  clustersOffline: "/clusters?state=offline",
  clustersNever: "/clusters?state=never",
  clustersUnwell: "/clusters?health=failed&health=degraded",
  agentsWaiting: "/agents",
};

/** What the list does not hold: counted, never cut in silence. */
function More({ more }: { more: Overview["attentionMore"] }) {
  const t = useTranslations("fleet.overview");
  const kinds = (Object.keys(MORE_HREFS) as (keyof typeof more)[]).filter((kind) => more[kind] > 0);
  if (kinds.length === 0) return null;
  return (
    <div className="mt-2 border-line border-t pt-2 text-table">
      <p className="text-ink-faint">{t("moreLines")}</p>
      <ul className="flex flex-wrap gap-x-4">
        {kinds.map((kind) => (
          <li key={kind}>
            <Link href={MORE_HREFS[kind]} className="text-accent-text hover:underline">
              {t(`more.${kind}`, { count: more[kind] })}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Quiet({ overview }: { overview: Overview }) {
  const t = useTranslations("fleet.overview");
  const moment = useMomentText();
  const { quietSince } = overview;
  const ended = useClock((nowMs) => quietSince && moment.clock(quietSince, nowMs));
  return (
    <p className="mt-2 border-line border-t pt-2 text-caption text-ink-faint">
      {t("restQuiet")}
      {ended ? ` ${t("quietSince", { time: ended })}` : ""}
    </p>
  );
}

function AttentionLine({ line }: { line: Attention }) {
  const tLine = useTranslations("fleet.attention");
  const tOutage = useTranslations("outages");
  const textOf = useAttentionText();
  const outages = useOutageText();
  const may = useMay();
  const name = OF_ALL.has(line.kind) ? tLine(`${line.kind}Name` as "sumsName") : line.name;
  return (
    <Link
      href={targetOf(line, may)}
      className="flex items-baseline gap-3 rounded-md px-2 py-2 text-table hover:bg-hover"
    >
      <StateMark state={line.severity} isWordHidden className="translate-y-px" />
      <span className="min-w-0 flex-1">
        <span className="font-medium text-ink">{line.outage ? outages.title(line.outage) : name}</span>
        {line.siteName === null ? null : <span className="text-ink-faint"> · {line.siteName}</span>}{" "}
        {line.isSimulated ? <SimulatedMark isShort /> : null}
        <span className="block text-ink-muted">{textOf(line)}</span>
        {line.outage ? (
          <span className="block text-ink-faint">
            {tOutage(`confidence.${line.outage.confidence}`)}
            {line.outage.applications ? ` · ${tOutage("applications", { count: line.outage.applications })}` : ""}
          </span>
        ) : null}
      </span>
      {line.since ? <Since at={line.since} /> : null}
    </Link>
  );
}

/** What needs a person, the gravest first; each line leads to its cause. */
export function AttentionList({ overview }: { overview: Overview }) {
  const t = useTranslations("fleet.overview");
  const locale = useLocale();
  const { attention, attentionMore } = overview;
  if (attention.length === 0) {
    return (
      <div className="py-2">
        <StateMark state="good" word={t("quiet")} className="text-body" />
        <p className="mt-1 pl-[18px] text-ink-faint text-table">
          {t("quietHelp", { percent: quantityText("ratio", FILL_WARNING_RATIO, locale) })}
        </p>
      </div>
    );
  }
  const isAll = Object.values(attentionMore).every((count) => count === 0);
  return (
    <>
      <ul className="-mx-2 flex flex-col">
        {attention.map((line) => (
          <li
            key={`${line.kind} ${line.outage?.id ?? line.machineId ?? line.clusterId ?? line.agentId}`}
            className="border-line border-t first:border-t-0"
          >
            <AttentionLine line={line} />
          </li>
        ))}
      </ul>
      {isAll ? <Quiet overview={overview} /> : <More more={attentionMore} />}
    </>
  );
}
