"use client";

import { useLocale, useTranslations } from "next-intl";
import { Meter } from "@/components/chart/meter";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { Stat } from "@/components/ui/stat";
import { type QuantityKind, quantityText } from "@/contract/units";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Cluster } from "./item-source";

/** The cluster in six figures; each opens to where it comes from. */
export function ClusterFigures({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster.figures");
  const locale = useLocale();
  const age = (source: string, formula?: string) => (
    <FreshnessMark
      observedAt={cluster.lastReceivedAt}
      staleAfterSeconds={MISSED_INTERVALS_MAX * (cluster.intervalSeconds ?? 60)}
      provenance={{ origin: "measured", source, formula }}
      isShort
    />
  );
  const ratio = (part: number | null, whole: number | null) => (part !== null && whole ? part / whole : null);
  const unwell = (count: number | null) => (count === null ? t("unwellUnknown") : t("unwell", { count }));
  const usedText = (kind: QuantityKind, name: string) => {
    const used = cluster.readings?.readings[name];
    return used === undefined ? null : ` · ${t("used", { amount: quantityText(kind, used, locale) })}`;
  };
  return (
    <div className="grid grid-cols-2 gap-x-6 gap-y-6 md:grid-cols-3 xl:grid-cols-6">
      <Stat
        label={t("nodes")}
        figure={<Quantity kind="count" value={cluster.nodesReady} />}
        detail={cluster.nodesTotal === null ? null : t("ofNodes", { count: cluster.nodesTotal })}
        freshness={age("nodes", "conditions.Ready = True")}
      />
      <Stat
        label={t("applications")}
        figure={<Quantity kind="count" value={cluster.applicationsTotal} />}
        detail={cluster.applicationsTotal === null ? null : unwell(cluster.applicationsUnwell)}
        freshness={age("pods")}
      />
      <Stat
        label={t("systems")}
        figure={<Quantity kind="count" value={cluster.systemsTotal} />}
        detail={cluster.systemsTotal === null ? null : unwell(cluster.systemsUnwell)}
        freshness={age("API")}
      />
      <Stat
        label={t("cpu")}
        figure={<Quantity kind="ratio" value={ratio(cluster.cpuRequestedCores, cluster.cpuAllocatableCores)} />}
        meter={
          <Meter
            label={t("cpu")}
            ratio={ratio(cluster.cpuRequestedCores, cluster.cpuAllocatableCores)}
            severity={cluster.cpuRequestedCores === null ? "unknown" : "good"}
          />
        }
        detail={
          <>
            {cluster.cpuAllocatableCores === null
              ? null
              : t("ofCores", { cores: quantityText("count", cluster.cpuAllocatableCores, locale) })}
            {usedText("count", "cpuUsedCores")}
          </>
        }
        freshness={age("pods, nodes", "Σ requests / Σ allocatable")}
      />
      <Stat
        label={t("memory")}
        figure={<Quantity kind="ratio" value={ratio(cluster.memoryRequestedBytes, cluster.memoryAllocatableBytes)} />}
        meter={
          <Meter
            label={t("memory")}
            ratio={ratio(cluster.memoryRequestedBytes, cluster.memoryAllocatableBytes)}
            severity={cluster.memoryRequestedBytes === null ? "unknown" : "good"}
          />
        }
        detail={
          <>
            {cluster.memoryAllocatableBytes === null
              ? null
              : t("ofTotal", { total: quantityText("bytes", cluster.memoryAllocatableBytes, locale) })}
            {usedText("bytes", "memoryUsedBytes")}
          </>
        }
        freshness={age("pods, nodes", "Σ requests / Σ allocatable")}
      />
      <Stat
        label={t("claimed")}
        figure={<Quantity kind="bytes" value={cluster.claimedBytes} />}
        detail={cluster.claimedBytes === null ? null : t("claims", { count: cluster.counts.claim ?? 0 })}
        freshness={age("persistentvolumeclaims", "Σ capacity")}
      />
    </div>
  );
}
