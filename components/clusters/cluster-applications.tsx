"use client";

import { useTranslations } from "next-intl";
import { Quantity } from "@/components/shell/quantity";
import { Figure, Measured, Share, Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";

/** Applications, what they consist of, and what limits and protects them. */
export function ClusterApplications({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const applications = useItemColumns<"application">(cluster, ({ name, health, why, column, figure }) => [
    name(200, ({ item }) => item.name),
    health(),
    column("namespace", 140, ({ item }) => item.namespace, { priority: 2 }),
    column("by", 130, ({ item }) => t(`by.${item.by}`)),
    figure("ready", 90, ({ item }) => <Share part={item.ready} whole={item.wanted} />, { priority: 2 }),
    column("qos", 110, ({ item }) => <Told value={item.qosClass} />),
    figure("cpuUsed", 105, ({ readings }) => <Measured readings={readings} name="cpuUsedCores" />),
    figure("memoryUsed", 115, ({ readings }) => <Measured readings={readings} name="memoryUsedBytes" kind="bytes" />),
    figure("cpu", 130, ({ item }) => <Figure value={item.requests?.cpuCores} />, { isHiddenAtFirst: true }),
    figure("memory", 160, ({ item }) => <Figure value={item.requests?.memoryBytes} kind="bytes" />, {
      isHiddenAtFirst: true,
    }),
    figure("claims", 90, ({ item }) => <Figure value={item.claims} />),
    figure("budgets", 90, ({ item }) => <Figure value={item.budgets} />, { isHiddenAtFirst: true }),
    column("version", 120, ({ item }) => item.version ?? "", { isHiddenAtFirst: true }),
    why(),
  ]);
  const workloads = useItemColumns<"workload">(cluster, ({ name, health, why, column, figure }) => [
    name(200, ({ item }) => item.name),
    health(),
    column("kind", 110, ({ item }) => item.kind, { priority: 2 }),
    column("namespace", 140, ({ item }) => item.namespace),
    figure("ready", 90, ({ item }) => <Share part={item.ready} whole={item.wanted} />, { priority: 2 }),
    column("qos", 110, ({ item }) => <Told value={item.qosClass} />),
    figure("cpu", 130, ({ item }) => <Figure value={item.requests?.cpuCores} />),
    figure("memory", 160, ({ item }) => <Figure value={item.requests?.memoryBytes} kind="bytes" />),
    figure("withoutRequests", 130, ({ item }) => <Figure value={item.withoutRequests} />, { isHiddenAtFirst: true }),
    figure("nodes", 80, ({ item }) => <Figure value={item.nodes} />, { isHiddenAtFirst: true }),
    column("images", 260, ({ item }) => <Told value={item.images.join(", ")} isMono />, { isHiddenAtFirst: true }),
    why(),
  ]);
  const budgets = useItemColumns<"budget">(cluster, ({ name, column, figure }) => [
    name(220, ({ item }) => item.name),
    column("namespace", 160, ({ item }) => item.namespace, { priority: 2 }),
    figure("allowed", 180, ({ item }) => <Figure value={item.allowed} />, { priority: 1 }),
    figure("healthy", 140, ({ item }) => <Share part={item.healthy} whole={item.wanted} />, { priority: 2 }),
  ]);
  const quotas = useItemColumns<"quota">(cluster, ({ name, column }) => [
    name(220),
    column(
      "used",
      520,
      ({ item }) => (
        <span className="flex gap-x-4 truncate">
          {Object.entries(item.hard).map(([resource, hard]) => (
            <span key={resource}>
              <span className="font-mono text-caption text-ink-faint">{resource}</span>{" "}
              <Quantity kind={isBytes(resource) ? "bytes" : "count"} value={item.used[resource] ?? null} />
              <span className="text-ink-faint">
                {" / "}
                <Quantity kind={isBytes(resource) ? "bytes" : "count"} value={hard} />
              </span>
            </span>
          ))}
        </span>
      ),
      { priority: 2 },
    ),
  ]);
  return (
    <div className="flex flex-col gap-10">
      <ItemTable
        cluster={cluster}
        kind="application"
        title={t("titles.application")}
        columns={applications}
        nameOf={({ item }) => item.name}
      />
      <ItemTable
        cluster={cluster}
        kind="workload"
        title={t("titles.workload")}
        columns={workloads}
        nameOf={({ item }) => item.name}
      />
      <ItemTable cluster={cluster} kind="budget" title={t("titles.budget")} columns={budgets} />
      <ItemTable cluster={cluster} kind="quota" title={t("titles.quota")} columns={quotas} />
    </div>
  );
}

/** Resources that Kubernetes counts in bytes. */
const isBytes = (resource: string): boolean => /memory|storage$|hugepages/.test(resource);
