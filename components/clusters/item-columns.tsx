"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { Quantity } from "@/components/shell/quantity";
import { UnknownValue } from "@/components/shell/unknown-value";
import type { TableColumn } from "@/components/table/table-column";
import type { Reason } from "@/contract/cluster/health";
import type { Health } from "@/contract/cluster/healths";
import type { ItemKind } from "@/contract/cluster/items";
import type { QuantityKind } from "@/contract/units";
import type { UnknownReason } from "@/contract/unknown";
import type { ItemReadings } from "@/server/clusters/readings";
import { isPast } from "./cluster-columns";
import { HealthMark } from "./health-mark";
import type { Cluster } from "./item-source";
import { ReasonLine } from "./reasons";
import type { ItemRow } from "./use-cluster-items";

type Judged = { health: Health; reasons: Reason[] };
type Header = Parameters<ReturnType<typeof useTranslations<"clusters.items.columns">>>[0];

/** A word of an item; left out it is unknown. */
export function Told({ value, isMono = false }: { value: string | number | undefined; isMono?: boolean }) {
  if (value === undefined) return <UnknownValue reason={null} isShort />;
  return isMono ? (
    <span className="truncate font-mono text-caption">{value}</span>
  ) : (
    <span className="truncate">{value}</span>
  );
}

/** A figure of an item; left out it is unknown. */
export function Figure({ value, kind = "count" }: { value: number | undefined; kind?: QuantityKind }) {
  return <Quantity kind={kind} value={value ?? null} />;
}

/** Nothing in the cluster tells it: no metrics API, or kubelets that the agent may not ask. */
const NOT_MEASURED: UnknownReason = { code: "not_offered", detail: "" };

export type MeasuredProps = {
  readings: ItemReadings | null;
  /** Of the reading, for its reason. */
  name: string;
  /** Where it is computed from readings. */
  value?: number | null;
  kind?: QuantityKind;
};

/** A measured figure, with the agent's own reason where it is unknown. */
export function Measured({ readings, name, value, kind = "count" }: MeasuredProps) {
  const figure = value === undefined ? (readings?.readings[name] ?? null) : value;
  return <Quantity kind={kind} value={figure} reason={readings?.unknown[name] ?? NOT_MEASURED} />;
}

/** One of another: `3 / 5`. */
export function Share({ part, whole, kind = "count" }: { part?: number; whole?: number; kind?: QuantityKind }) {
  if (part === undefined && whole === undefined) return <UnknownValue reason={null} isShort />;
  return (
    <>
      <Figure value={part} kind={kind} />
      <span className="text-ink-faint">
        {" / "}
        <Figure value={whole} kind={kind} />
      </span>
    </>
  );
}

/** Columns that tables of items share, with their headers in the reader's language. */
export function useItemColumns<K extends ItemKind>(
  cluster: Cluster,
  columnsOf: (tools: {
    name: (widthPx?: number, nameOf?: (row: ItemRow<K>) => string) => TableColumn<ItemRow<K>>;
    health: () => TableColumn<ItemRow<K>>;
    /** Stands last: it takes the space that is left. */
    why: () => TableColumn<ItemRow<K>>;
    column: (
      id: Header,
      widthPx: number,
      cell: TableColumn<ItemRow<K>>["cell"],
      more?: Partial<TableColumn<ItemRow<K>>>,
    ) => TableColumn<ItemRow<K>>;
    figure: (
      id: Header,
      widthPx: number,
      cell: TableColumn<ItemRow<K>>["cell"],
      more?: Partial<TableColumn<ItemRow<K>>>,
    ) => TableColumn<ItemRow<K>>;
  }) => TableColumn<ItemRow<K>>[],
): TableColumn<ItemRow<K>>[] {
  const t = useTranslations("clusters.items.columns");
  const isOfThePast = isPast(cluster);
  // The columns of a table are written where it stands, and do not change.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  return useMemo(() => {
    const judgedOf = (row: ItemRow<K>) => row.item as unknown as Judged;
    return columnsOf({
      name: (widthPx = 200, nameOf = ({ key }) => key) => ({
        id: "name",
        header: t("name"),
        widthPx,
        cell: (row) => <span className="truncate font-medium text-ink">{nameOf(row)}</span>,
      }),
      health: () => ({
        id: "health",
        header: t("health"),
        widthPx: 130,
        priority: 1,
        cell: (row) => <HealthMark health={judgedOf(row).health} isPast={isOfThePast} />,
      }),
      why: () => ({
        id: "why",
        header: t("why"),
        widthPx: 200,
        canGrow: true,
        priority: 3,
        cell: (row) => <ReasonLine reasons={judgedOf(row).reasons} />,
      }),
      column: (id, widthPx, cell, more) => ({ id, header: t(id), widthPx, cell, priority: 3, ...more }),
      figure: (id, widthPx, cell, more) => ({ id, header: t(id), widthPx, cell, align: "end", priority: 3, ...more }),
    });
  }, [t, isOfThePast]);
}
