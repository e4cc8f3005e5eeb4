"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { machineHref } from "@/components/fleet/machine-href";
import type { ItemReadings } from "@/server/clusters/readings";
import { Figure, Measured, Share, Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";

/** A node keeps account of what is available as its capacity less what is in use. */
function memoryUsed(readings: ItemReadings | null): number | null {
  const { memoryTotalBytes, memoryAvailableBytes } = readings?.readings ?? {};
  return memoryTotalBytes === undefined || memoryAvailableBytes === undefined
    ? null
    : memoryTotalBytes - memoryAvailableBytes;
}

/** The nodes, each with the machine that it is where that has an agent of its own. */
export function ClusterNodes({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const columns = useItemColumns<"node">(cluster, ({ name, health, why, column, figure }) => [
    name(170),
    health(),
    column("roles", 130, ({ item }) => item.roles.join(", "), { isHiddenAtFirst: true }),
    column("machine", 125, ({ machine }) =>
      machine ? (
        <Link href={machineHref(machine.id)} className="text-accent-text hover:underline">
          {machine.name}
        </Link>
      ) : (
        <span className="text-ink-faint">{t("notHere")}</span>
      ),
    ),
    column("kubelet", 130, ({ item }) => <Told value={item.kubeletVersion} isMono />, { priority: 2 }),
    figure("cpuUsed", 105, ({ readings }) => <Measured readings={readings} name="cpuUsedCores" />),
    figure("memoryUsed", 115, ({ readings }) => (
      <Measured readings={readings} name="memoryAvailableBytes" value={memoryUsed(readings)} kind="bytes" />
    )),
    figure("cpu", 130, ({ item }) => <Share part={item.requested?.cpuCores} whole={item.allocatable.cpu} />),
    figure(
      "memory",
      160,
      ({ item }) => <Share part={item.requested?.memoryBytes} whole={item.allocatable.memory} kind="bytes" />,
      { isHiddenAtFirst: true },
    ),
    figure("pods", 90, ({ item }) => <Share part={item.pods} whole={item.allocatable.pods} />),
    column("zone", 120, ({ item }) => item.zone ?? "", { isHiddenAtFirst: true }),
    column("instance", 130, ({ item }) => item.instanceType ?? "", { isHiddenAtFirst: true }),
    column("architecture", 110, ({ item }) => <Told value={item.architecture} />, { isHiddenAtFirst: true }),
    column("osImage", 200, ({ item }) => <Told value={item.osImage} />, { isHiddenAtFirst: true }),
    column("kernel", 160, ({ item }) => <Told value={item.kernelVersion} isMono />, { isHiddenAtFirst: true }),
    column("runtime", 180, ({ item }) => <Told value={item.containerRuntime} isMono />, { isHiddenAtFirst: true }),
    column("taints", 200, ({ item }) => item.taints.join(", "), { isHiddenAtFirst: true }),
    figure("gpu", 80, ({ item }) => <Figure value={item.gpu?.count ?? 0} />, { isHiddenAtFirst: true }),
    column("cpuManager", 130, ({ item }) => <Told value={item.cpuManagerPolicy} />, { isHiddenAtFirst: true }),
    column("addresses", 160, ({ item }) => <Told value={item.internalIps?.join(", ")} isMono />, {
      isHiddenAtFirst: true,
    }),
    why(),
  ]);
  return <ItemTable cluster={cluster} kind="node" title={t("titles.node")} columns={columns} />;
}
