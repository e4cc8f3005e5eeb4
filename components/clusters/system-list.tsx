"use client";

import { useTranslations } from "next-intl";
import { Hint } from "@/components/shell/hint";
import { QueryView } from "@/components/shell/query-view";
import { cn } from "@/components/ui/class-names";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import { SYSTEM_AREAS, SYSTEMS, type SystemArea } from "@/contract/cluster/systems";
import { isPast } from "./cluster-columns";
import { HealthMark } from "./health-mark";
import type { Cluster } from "./item-source";
import { properName } from "./proper-names";
import { ReasonLine } from "./reasons";
import { SupportMark } from "./support-mark";
import { type ItemRow, useClusterItems } from "./use-cluster-items";

type Area = SystemArea | "other";

/** Where a system belongs; one that this console does not know yet stands with the others. */
function areaOf(name: string): Area {
  const areas: Record<string, SystemArea> = SYSTEMS;
  return areas[name] ?? "other";
}

type RowProps = { cluster: Cluster; row: ItemRow<"system">; isChosen: boolean; onChoose?: (name: string) => void };

function SystemRow({ cluster, row, isChosen, onChoose }: RowProps) {
  const t = useTranslations("clusters.systems");
  const { key, item } = row;
  const { parts } = item;
  const support = cluster.versions.find(({ component }) => component === key)?.support;
  const name = properName(key);
  return (
    <li
      className={cn(
        "grid items-baseline gap-x-4 gap-y-0.5 border-line border-t py-1.5 text-table first:border-t-0",
        "grid-cols-[1fr_auto] md:grid-cols-[13rem_9rem_8rem_10rem_7rem_1fr]",
        isChosen && "bg-selected",
      )}
    >
      <span className="min-w-0">
        {onChoose ? (
          <button
            type="button"
            aria-pressed={isChosen}
            aria-label={t("choose", { name })}
            onClick={() => onChoose(key)}
            className="text-left font-medium text-accent-text hover:underline"
          >
            {name}
          </button>
        ) : (
          <span className="font-medium">{name}</span>
        )}
      </span>
      <HealthMark health={item.health} isPast={isPast(cluster)} />
      <span className="truncate font-mono text-caption text-ink-muted">{item.version ?? ""}</span>
      <span className="max-md:text-right">
        {support && support.state !== "unknown" ? <SupportMark support={support} /> : null}
      </span>
      <span className="text-ink-muted tabular-nums max-md:hidden">
        {parts.total > 0 ? t("partsKnown", { healthy: parts.healthy, total: parts.total }) : null}
        {parts.unknown > 0 ? (
          <StateMark state="unknown" word={t("partsUnknown", { count: parts.unknown })} className="ml-2" />
        ) : null}
      </span>
      <span className="min-w-0 max-md:col-span-2">
        {item.reasons.length > 0 ? (
          <ReasonLine reasons={item.reasons} />
        ) : (
          <Hint content={t("proof", { proof: item.proof })} className="max-w-full">
            <span className="block truncate font-mono text-caption text-ink-faint">{item.namespace ?? ""}</span>
          </Hint>
        )}
      </span>
    </li>
  );
}

export type SystemListProps = {
  cluster: Cluster;
  areas?: readonly Area[];
  chosen?: string | null;
  onChoose?: (name: string) => void;
};

/** The systems that were recognised in a cluster, by what they are for, each with how it is and why. */
export function SystemList({ cluster, areas = [...SYSTEM_AREAS, "other"], chosen = null, onChoose }: SystemListProps) {
  const t = useTranslations("clusters.systems");
  const { query, rows } = useClusterItems(cluster.id, "system");
  const groups = areas
    .map((area) => ({ area, rows: rows.filter(({ key }) => areaOf(key) === area) }))
    .filter((group) => group.rows.length > 0);
  return (
    <QueryView
      query={query}
      skeleton={<Skeleton className="h-40" />}
      isEmpty={() => groups.length === 0}
      empty={<p className="text-ink-faint text-table">{t("empty")}</p>}
    >
      {() => (
        <div className="flex flex-col gap-6">
          {groups.map((group) => (
            <section key={group.area} aria-label={t(`areas.${group.area}`)}>
              <h2 className="mb-1 font-semibold text-heading">{t(`areas.${group.area}`)}</h2>
              <ul>
                {group.rows.map((row) => (
                  <SystemRow
                    key={row.key}
                    cluster={cluster}
                    row={row}
                    isChosen={row.key === chosen}
                    onChoose={onChoose}
                  />
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
    </QueryView>
  );
}
