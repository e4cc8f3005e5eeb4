"use client";

import { useTranslations } from "next-intl";
import { useClock } from "@/components/shell/clock";
import { useMomentText } from "@/components/shell/moment-text";
import { Figure, Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";

/** When it happened last, as far as it is told: in quarters of an hour. */
function Last({ at }: { at: number }) {
  const moment = useMomentText();
  const text = useClock((nowMs) => moment.clock(1000 * at, nowMs));
  return <time dateTime={new Date(1000 * at).toISOString()}>{text}</time>;
}

/** Events of type Warning, folded by reason, the newest first. */
export function ClusterWarnings({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const columns = useItemColumns<"warning">(cluster, ({ name, column, figure }) => [
    { ...name(150, ({ item }) => item.reason), header: t("columns.reason"), canGrow: false },
    column("object", 210, ({ item }) => `${item.kind} ${item.example}`, { priority: 2 }),
    column("namespace", 120, ({ item }) => item.namespace, { priority: 2 }),
    column("message", 300, ({ item }) => <Told value={item.message} />, { canGrow: true }),
    // The agent rounds the count down to a power of two, so that a rising one is not told each time.
    figure("count", 90, ({ item }) => (
      <>
        ≥ <Figure value={item.count} />
      </>
    )),
    figure("objects", 90, ({ item }) => <Figure value={item.objects} />, { isHiddenAtFirst: true }),
    figure("last", 130, ({ item }) => <Last at={item.lastAt} />, { priority: 1 }),
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
