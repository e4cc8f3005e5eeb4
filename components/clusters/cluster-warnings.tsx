"use client";

import { useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import { Figure, Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";

/** Events of type Warning, folded by reason, the newest first. */
export function ClusterWarnings({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const moment = useMomentText();
  const columns = useItemColumns<"warning">(cluster, ({ name, column, figure }) => [
    { ...name(180, ({ item }) => item.reason), header: t("columns.reason"), canGrow: false },
    column("object", 240, ({ item }) => `${item.kind} ${item.example}`, { priority: 2 }),
    column("namespace", 140, ({ item }) => item.namespace, { priority: 2 }),
    column("message", 400, ({ item }) => <Told value={item.message} />, { canGrow: true }),
    // The agent rounds the count down to a power of two, so that a rising one is not told each time.
    figure("count", 90, ({ item }) => (
      <>
        ≥ <Figure value={item.count} />
      </>
    )),
    figure("objects", 90, ({ item }) => <Figure value={item.objects} />),
    figure("last", 180, ({ item }) => moment.exact(new Date(1000 * item.lastAt)), { priority: 1 }),
  ]);
  return (
    <ItemTable
      cluster={cluster}
      kind="warning"
      title={t("titles.warning")}
      columns={columns}
      nameOf={({ item }) => `${item.reason} ${item.example}`}
    />
  );
}
