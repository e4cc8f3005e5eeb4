"use client";

import { useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import { ClusterCapacity } from "@/components/storage/cluster-capacity";
import { UnitOutlook } from "@/components/storage/unit-outlook";
import type { ItemReadings } from "@/server/clusters/readings";
import { Figure, Measured, Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";
import { properName } from "./proper-names";

/** Used of the size, as the kubelet sees it; a driver that does not tell leaves it unknown. */
function fillOf(readings: ItemReadings | null): number | null {
  const { sizeBytes, usedBytes } = readings?.readings ?? {};
  return usedBytes === undefined || !sizeBytes ? null : usedBytes / sizeBytes;
}

/** Claims, volumes and what makes them. */
export function ClusterStorage({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const moment = useMomentText();
  const truth = (value: boolean | undefined) => (
    <Told value={value === undefined ? undefined : t(value ? "yes" : "no")} />
  );
  const claims = useItemColumns<"claim">(cluster, ({ name, health, why, column, figure }) => [
    name(200, ({ item }) => item.name),
    health(),
    column("namespace", 140, ({ item }) => item.namespace, { priority: 2 }),
    figure("size", 110, ({ item }) => <Figure value={item.capacityBytes ?? item.requestedBytes} kind="bytes" />, {
      priority: 2,
    }),
    figure("fill", 100, ({ readings }) => (
      <Measured readings={readings} name="usedBytes" value={fillOf(readings)} kind="ratio" />
    )),
    column("class", 120, ({ item }) => item.storageClass ?? ""),
    column("phase", 90, ({ item }) => <Told value={item.phase} />),
    column("mode", 140, ({ item }) => item.accessModes.join(", "), { isHiddenAtFirst: true }),
    column("applications", 200, ({ item }) => item.applications.join(", ")),
    why(),
  ]);
  const volumes = useItemColumns<"volume">(cluster, ({ name, column, figure }) => [
    name(260),
    column("phase", 100, ({ item }) => <Told value={item.phase} />, { priority: 1 }),
    figure("size", 110, ({ item }) => <Figure value={item.capacityBytes} kind="bytes" />, { priority: 2 }),
    column("class", 150, ({ item }) => item.storageClass ?? ""),
    column("driver", 200, ({ item }) => <Told value={item.driver} isMono />),
    column("reclaim", 100, ({ item }) => <Told value={item.reclaimPolicy} />),
    column("claim", 220, ({ item }) => item.claim ?? "", { priority: 2 }),
  ]);
  const classes = useItemColumns<"storageClass">(cluster, ({ name, column }) => [
    name(180),
    column("provisioner", 220, ({ item }) => <Told value={item.provisioner} isMono />, { priority: 2 }),
    column("default", 90, ({ item }) => truth(item.isDefault)),
    column("expandable", 110, ({ item }) => truth(item.isExpandable)),
    column("reclaim", 100, ({ item }) => <Told value={item.reclaimPolicy} />),
    column("parameters", 260, ({ item }) => (
      <Told
        value={Object.entries(item.parameters ?? {})
          .map((pair) => pair.join("="))
          .join(" ")}
        isMono
      />
    )),
  ]);
  const drivers = useItemColumns<"csiDriver">(cluster, ({ name, column, figure }) => [
    name(240),
    column("system", 160, ({ item }) => (item.system ? properName(item.system) : ""), { priority: 2 }),
    figure("nodes", 90, ({ item }) => <Figure value={item.nodes} />, { priority: 2 }),
  ]);
  const capacities = useItemColumns<"capacity">(cluster, ({ name, column, figure }) => [
    name(200, ({ item }) => item.storageClass),
    column(
      "topology",
      260,
      ({ item }) => (
        <Told
          value={Object.entries(item.topology ?? {})
            .map((pair) => pair.join("="))
            .join(" ")}
          isMono
        />
      ),
      { priority: 2 },
    ),
    figure("available", 120, ({ item }) => <Figure value={item.availableBytes} kind="bytes" />, { priority: 1 }),
    figure("largest", 140, ({ item }) => <Figure value={item.largestVolumeBytes} kind="bytes" />),
  ]);
  const snapshots = useItemColumns<"snapshot">(cluster, ({ name, health, why, column, figure }) => [
    name(200, ({ item }) => item.name),
    health(),
    column("namespace", 140, ({ item }) => item.namespace, { priority: 2 }),
    column("claim", 160, ({ item }) => item.claim ?? ""),
    figure("size", 110, ({ item }) => <Figure value={item.restoreBytes} kind="bytes" />),
    figure(
      "takenAt",
      180,
      ({ item }) => (
        <Told value={item.takenAt === undefined ? undefined : moment.exact(new Date(1000 * item.takenAt))} />
      ),
      { priority: 2 },
    ),
    why(),
  ]);
  return (
    <div className="flex flex-col gap-10">
      <ClusterCapacity clusterId={cluster.id} />
      <ItemTable
        cluster={cluster}
        kind="claim"
        title={t("titles.claim")}
        columns={claims}
        nameOf={({ item }) => item.name}
        moreOf={({ key }) => <UnitOutlook clusterId={cluster.id} kind="volume" key={key} entityKey={key} />}
      />
      <ItemTable cluster={cluster} kind="volume" title={t("titles.volume")} columns={volumes} />
      <ItemTable cluster={cluster} kind="storageClass" title={t("titles.storageClass")} columns={classes} />
      <ItemTable cluster={cluster} kind="csiDriver" title={t("titles.csiDriver")} columns={drivers} />
      <ItemTable cluster={cluster} kind="capacity" title={t("titles.capacity")} columns={capacities} />
      <ItemTable
        cluster={cluster}
        kind="snapshot"
        title={t("titles.snapshot")}
        columns={snapshots}
        nameOf={({ item }) => item.name}
      />
    </div>
  );
}
