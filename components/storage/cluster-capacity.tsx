"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { properName } from "@/components/clusters/proper-names";
import { type EntityColumn, EntityTable } from "@/components/fleet/entity-table";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { FIGURES, FormulaHint } from "./five-figures";

type Capacity = Outputs["storage"]["cluster"];
type Pool = Capacity["pools"][number];
type StorageClass = Capacity["classes"][number];

/** Promised of what can be given: over 100 % more is promised than is there. */
function OverProvisioning({ ratio }: { ratio: number | null }) {
  const t = useTranslations("storage");
  const format = useFormatter();
  if (ratio === null) return <UnknownValue reason={null} isShort />;
  const word = format.number(ratio, { style: "percent", maximumFractionDigits: 0 });
  return ratio > 1 ? <StateMark state="warning" word={t("over", { ratio: word })} /> : <span>{word}</span>;
}

/** A sum of all; where not all are known, of how many it is. */
function SumOf({ sum }: { sum: StorageClass["used"] }) {
  const t = useTranslations("storage");
  if (sum.known === 0 && sum.total > 0) return <UnknownValue reason={{ code: "not_offered", detail: "" }} isShort />;
  return (
    <>
      <Quantity kind="bytes" value={sum.bytes} />
      {sum.known < sum.total ? (
        <span className="text-caption text-unknown"> {t("knownOf", { known: sum.known, total: sum.total })}</span>
      ) : null}
    </>
  );
}

/** What pools and classes of a cluster hold: five figures that are never one another. */
export function ClusterCapacity({ clusterId }: { clusterId: string }) {
  const t = useTranslations("storage");
  const trpc = useTRPC();
  const query = useQuery(trpc.storage.cluster.queryOptions({ clusterId }));
  const pools: EntityColumn<Pool>[] = [
    { id: "name", header: t("columns.pool"), cell: ({ name }) => <span className="font-medium">{name}</span> },
    { id: "system", header: t("columns.system"), cell: ({ system }) => properName(system) },
    ...FIGURES.map(
      (name): EntityColumn<Pool> => ({
        id: name,
        header: t(`figures.${name}`),
        isFigure: true,
        cell: (pool) => <Quantity kind="bytes" value={pool[name]} />,
      }),
    ),
    {
      id: "over",
      header: t("columns.over"),
      isFigure: true,
      cell: ({ overProvisioning }) => <OverProvisioning ratio={overProvisioning} />,
    },
    {
      id: "formula",
      header: t("columns.formula"),
      isFigure: true,
      cell: ({ formula }) => <FormulaHint formula={formula} />,
    },
  ];
  const classes: EntityColumn<StorageClass>[] = [
    { id: "name", header: t("columns.class"), cell: ({ key }) => <span className="font-medium">{key}</span> },
    {
      id: "provisioner",
      header: t("columns.provisioner"),
      cell: ({ provisioner }) => <span className="font-mono text-caption">{provisioner}</span>,
    },
    { id: "claims", header: t("columns.claims"), isFigure: true, cell: ({ used }) => used.total },
    {
      id: "provisioned",
      header: t("figures.provisionedBytes"),
      isFigure: true,
      cell: ({ provisioned }) => <SumOf sum={provisioned} />,
    },
    { id: "used", header: t("figures.usedBytes"), isFigure: true, cell: ({ used }) => <SumOf sum={used} /> },
    {
      id: "available",
      header: t("figures.availableBytes"),
      isFigure: true,
      cell: ({ availableBytes }) => <Quantity kind="bytes" value={availableBytes} />,
    },
  ];
  return (
    <QueryView query={query} skeleton={<Skeleton className="h-40" />}>
      {(data) => (
        <div className="flex flex-col gap-10">
          {data.pools.length > 0 ? (
            <EntityTable
              title={t("pools")}
              help={t("poolsHelp")}
              columns={pools}
              entities={data.pools}
              getKey={({ key }) => key}
            />
          ) : null}
          {data.classes.length > 0 ? (
            <EntityTable
              title={t("classes")}
              help={t("classesHelp")}
              columns={classes}
              entities={data.classes}
              getKey={({ key }) => key}
            />
          ) : null}
        </div>
      )}
    </QueryView>
  );
}
