"use client";

import { useTranslations } from "next-intl";
import { QueryView } from "@/components/shell/query-view";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import type { Reason } from "@/contract/cluster/health";
import type { Health } from "@/contract/cluster/healths";
import { isPast } from "./cluster-columns";
import { HealthMark } from "./health-mark";
import type { Cluster } from "./item-source";
import { properName } from "./proper-names";
import { ReasonLine } from "./reasons";
import { type ItemRow, useClusterItems } from "./use-cluster-items";

const LINES_MAX = 12;
const RANK: Health[] = ["failed", "degraded"];

type Line = { key: string; name: string; health: Health; reasons: Reason[] };

const lineOf = (row: ItemRow<"node"> | ItemRow<"application"> | ItemRow<"system">, name: string): Line => ({
  key: `${name} ${row.key}`,
  name,
  health: row.item.health,
  reasons: row.item.reasons,
});

/** What is not well in this cluster, the worst first, each with why. */
export function ClusterAttention({ cluster }: { cluster: Cluster }) {
  const t = useTranslations("clusters.cluster");
  const nodes = useClusterItems(cluster.id, "node");
  const applications = useClusterItems(cluster.id, "application");
  const systems = useClusterItems(cluster.id, "system");
  const lines = [
    ...nodes.rows.map((row) => lineOf(row, row.key)),
    ...systems.rows.map((row) => lineOf(row, properName(row.key))),
    ...applications.rows.map((row) => lineOf(row, row.key)),
  ]
    .filter(({ health }) => RANK.includes(health))
    .sort((a, b) => RANK.indexOf(a.health) - RANK.indexOf(b.health));
  // The pages hold those that are not well first; the rest of them is counted, not asked for.
  const isAll = cluster.health === "healthy";
  return (
    <section aria-label={t("attention")}>
      <h2 className="mb-2 font-semibold text-heading">{t("attention")}</h2>
      <QueryView query={applications.query} skeleton={<Skeleton className="h-24" />}>
        {() =>
          lines.length === 0 ? (
            <StateMark
              state={isAll && !isPast(cluster) ? "good" : "unknown"}
              word={isAll && !isPast(cluster) ? t("quiet") : t("quietUnknown")}
              className="whitespace-normal text-table"
            />
          ) : (
            <ul className="flex flex-col">
              {lines.slice(0, LINES_MAX).map((line) => (
                <li
                  key={line.key}
                  className="grid gap-x-4 border-line border-t py-1.5 text-table first:border-t-0 sm:grid-cols-[9rem_12rem_1fr]"
                >
                  <HealthMark health={line.health} isPast={isPast(cluster)} />
                  <span className="break-words font-medium text-ink">{line.name}</span>
                  <span className="min-w-0">
                    <ReasonLine reasons={line.reasons} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
      {lines.length > LINES_MAX ? (
        <p className="mt-1 text-caption text-ink-faint">{t("moreAttention", { count: lines.length - LINES_MAX })}</p>
      ) : null}
    </section>
  );
}
