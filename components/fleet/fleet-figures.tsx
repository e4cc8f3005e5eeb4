"use client";

import type { Route } from "next";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Meter } from "@/components/chart/meter";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import type { Provenance } from "@/components/shell/provenance";
import { Quantity } from "@/components/shell/quantity";
import { Stat } from "@/components/ui/stat";
import { quantityText } from "@/contract/units";
import { fillSeverity, MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { machineHref } from "./machine-href";

type Overview = Outputs["fleet"]["overview"];
type MostFigure = "cpuUsedRatio" | "memoryUsedRatio" | "powerWatts";
type KnownSum = Overview["powerWatts"];

/** The whole fleet in four figures, each with how many machines it goes over. */
export function FleetFigures({ overview }: { overview: Overview }) {
  const t = useTranslations("fleet.overview");
  const locale = useLocale();
  const age = (provenance: Provenance) => (
    <FreshnessMark
      observedAt={overview.newestReceivedAt}
      staleAfterSeconds={MISSED_INTERVALS_MAX * (overview.intervalSecondsMax ?? 60)}
      provenance={provenance}
      isShort
    />
  );
  const share = (part: KnownSum, whole: KnownSum) =>
    part.value !== null && whole.value ? part.value / whole.value : null;
  const reported = ({ known, total }: KnownSum): ReactNode =>
    known > 0 ? t("reported", { known, total }) : t("noneReported");
  /** With the way to the machines that the figure is made of. */
  const withMost = (text: ReactNode, figure: MostFigure): ReactNode => (
    <>
      {text} ·{" "}
      <Link href={`/telemetry/compare?figure=${figure}` as Route} className="text-accent-text underline">
        {t(`most.${figure}`)}
      </Link>
    </>
  );
  const cpu = share(overview.cpuUsedCores, overview.coresLogical);
  const memory = share(overview.memoryUsedBytes, overview.memoryTotalBytes);
  const fullest = overview.fullestFilesystem;
  return (
    <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2 xl:grid-cols-4">
      <Stat
        label={t("cpu")}
        figure={<Quantity kind="ratio" value={cpu} />}
        freshness={age({
          origin: "measured",
          source: "/proc/stat",
          formula: "Σ (CPU share × cores) / Σ cores",
          reported: overview.cpuUsedCores,
        })}
        meter={<Meter label={t("cpu")} ratio={cpu} severity="good" />}
        detail={
          overview.coresLogical.value === null
            ? reported(overview.coresLogical)
            : withMost(
                t("cpuDetail", { cores: quantityText("count", overview.coresLogical.value, locale) }),
                "cpuUsedRatio",
              )
        }
      />
      <Stat
        label={t("memory")}
        figure={<Quantity kind="bytes" value={overview.memoryUsedBytes.value} />}
        freshness={age({
          origin: "measured",
          source: "/proc/meminfo",
          formula: "Σ (MemTotal − MemAvailable)",
          reported: overview.memoryUsedBytes,
        })}
        meter={<Meter label={t("memory")} ratio={memory} severity="good" />}
        detail={
          overview.memoryTotalBytes.value === null
            ? reported(overview.memoryTotalBytes)
            : withMost(
                t("memoryDetail", { total: quantityText("bytes", overview.memoryTotalBytes.value, locale) }),
                "memoryUsedRatio",
              )
        }
      />
      <Stat
        label={t("fullest")}
        figure={<Quantity kind="ratio" value={fullest?.usedRatio ?? null} />}
        freshness={age({ origin: "measured", source: "statfs(2)", formula: "used / (used + available)" })}
        meter={
          <Meter
            label={t("fullest")}
            ratio={fullest?.usedRatio ?? null}
            severity={fillSeverity(fullest?.usedRatio ?? null)}
          />
        }
        detail={
          fullest ? (
            <Link href={machineHref(fullest.machineId)} className="hover:underline">
              {fullest.machineName} · <span className="font-mono">{fullest.key}</span>
            </Link>
          ) : (
            t("noneReported")
          )
        }
      />
      <Stat
        label={t("power")}
        figure={<Quantity kind="watts" value={overview.powerWatts.value} />}
        freshness={age({ origin: "measured", source: "RAPL", formula: "Σ ΔJ / Δt", reported: overview.powerWatts })}
        detail={
          overview.powerWatts.value === null
            ? reported(overview.powerWatts)
            : withMost(reported(overview.powerWatts), "powerWatts")
        }
      />
    </div>
  );
}
