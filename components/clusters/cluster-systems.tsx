"use client";

import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { quantityText } from "@/contract/units";
import { Told, useItemColumns } from "./item-columns";
import type { Cluster } from "./item-source";
import { ItemTable } from "./item-table";
import { properName } from "./proper-names";
import { SystemList } from "./system-list";
import type { ItemRow } from "./use-cluster-items";

/** The add-ons; the parts of the chosen one below, each with its own health. */
export function ClusterSystems({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.items");
  const locale = useLocale();
  const [chosen, setChosen] = useState<string | null>(null);
  const columns = useItemColumns<"part">(cluster, ({ name, health, why, column }) => [
    name(220, ({ item }) => item.name),
    health(),
    column("type", 150, ({ item }) => item.type, { priority: 2 }),
    column("namespace", 150, ({ item }) => item.namespace ?? "", { priority: 2 }),
    column("figures", 360, ({ item }) => <Told value={figuresText(item, locale)} isMono />),
    why(),
  ]);
  return (
    <div className="flex flex-col gap-10">
      <SystemList cluster={cluster} chosen={chosen} onChoose={setChosen} />
      {chosen ? (
        <ItemTable
          key={chosen}
          cluster={cluster}
          kind="part"
          system={chosen}
          title={t("titles.part", { system: properName(chosen) })}
          columns={columns}
          nameOf={({ item }) => item.name}
        />
      ) : null}
    </div>
  );
}

/** Figures end with their unit: `actualBytes` is written in bytes. */
function figuresText(item: ItemRow<"part">["item"], locale: string): string {
  return Object.entries(item.figures ?? {})
    .map(([name, value]) => {
      const kind = name.endsWith("Bytes") ? "bytes" : name.endsWith("Seconds") ? "seconds" : "count";
      return `${name.replace(/(Bytes|Seconds)$/, "")} ${quantityText(kind, value, locale)}`;
    })
    .join(" · ");
}
