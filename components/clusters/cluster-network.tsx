"use client";

import { useTranslations } from "next-intl";
import { Figure, Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";
import { SystemList } from "./system-list";

/** What is reached from outside, what may talk to what, and the systems that make the network. */
export function ClusterNetwork({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const services = useItemColumns<"service">(cluster, ({ name, column }) => [
    name(240),
    column("type", 120, ({ item }) => item.type, { priority: 1 }),
    column("families", 120, ({ item }) => item.ipFamilies.join(", "), { priority: 2 }),
    column("ports", 180, ({ item }) => <Told value={item.ports.join(", ")} isMono />, { priority: 2 }),
    column("addresses", 240, ({ item }) => <Told value={item.addresses.join(", ")} isMono />),
  ]);
  const namespaces = useItemColumns<"namespace">(cluster, ({ name, column, figure }) => [
    name(240),
    column("phase", 120, ({ item }) => <Told value={item.phase} />, { priority: 2 }),
    figure("policies", 160, ({ item }) => <Figure value={item.networkPolicies} />, { priority: 1 }),
    figure("quotas", 120, ({ item }) => <Figure value={item.quotas} />, { priority: 2 }),
  ]);
  return (
    <div className="flex flex-col gap-10">
      <SystemList cluster={cluster} areas={["network"]} />
      <ItemTable cluster={cluster} kind="service" title={t("titles.service")} columns={services} />
      <ItemTable cluster={cluster} kind="namespace" title={t("titles.namespace")} columns={namespaces} />
    </div>
  );
}
