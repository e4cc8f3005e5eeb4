"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useMay } from "@/components/access/use-may";
import { EntityTable } from "@/components/fleet/entity-table";
import { PageHeader } from "@/components/shell/page-header";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { UnknownValue } from "@/components/shell/unknown-value";
import { Skeleton } from "@/components/ui/skeleton";
import { Stat } from "@/components/ui/stat";
import type { Outputs } from "@/server/root";
import { StorageAudits } from "./storage-audits";
import { StorageForm } from "./storage-form";
import { costPerDay, HISTORY_KINDS } from "./storage-kinds";

type Storage = Outputs["telemetry"]["storage"]["get"];

/** A day without a time: the database's own, in UTC. */
function Day({ day }: { day: string | null }) {
  const format = useFormatter();
  if (day === null) return <UnknownValue reason={null} isShort />;
  return (
    <time dateTime={day} className="whitespace-nowrap tabular-nums">
      {format.dateTime(new Date(`${day}T00:00:00Z`), { dateStyle: "medium", timeZone: "UTC" })}
    </time>
  );
}

function Figures({ cost }: { cost: Storage["cost"] }) {
  const t = useTranslations("telemetry.storage");
  return (
    <div className="grid grid-cols-2 gap-6 md:grid-cols-4">
      <Stat
        label={t("own")}
        figure={<Quantity kind="bytes" value={cost.tables.reduce((sum, { ownBytes }) => sum + (ownBytes ?? 0), 0)} />}
        detail={t("ownDetail")}
      />
      <Stat
        label={t("bytesPerReading")}
        figure={<Quantity kind="count" value={cost.bytesPerSample} />}
        detail={t("bytesPerReadingDetail")}
      />
      <Stat
        label={t("readings")}
        // What has arrived and is not merged yet is not counted yet: that is not none.
        figure={<Quantity kind="count" value={cost.samples > 0 ? cost.samples : null} />}
        detail={t("readingsDetail")}
      />
      <Stat
        label={t("oldest")}
        figure={
          <span className="text-title">
            <Day day={cost.oldestDay} />
          </span>
        }
        detail={t("oldestDetail")}
      />
    </div>
  );
}

function Kept({ storage: { cost, settings } }: { storage: Storage }) {
  const t = useTranslations("telemetry.storage");
  return (
    <EntityTable
      title={t("kept")}
      help={t("keptHelp")}
      entities={HISTORY_KINDS}
      getKey={({ kind }) => kind}
      columns={[
        {
          id: "kind",
          header: t("columns.kind"),
          cell: ({ kind }) => (
            <>
              <span className="block font-medium">{t(`kinds.${kind}`)}</span>
              <span className="block text-caption text-ink-faint">{t(`kindWords.${kind}`)}</span>
            </>
          ),
        },
        {
          id: "days",
          header: t("columns.days"),
          isFigure: true,
          cell: ({ setting }) => <span className="whitespace-nowrap">{t("days", { count: settings[setting] })}</span>,
        },
        {
          id: "bytes",
          header: t("columns.bytes"),
          isFigure: true,
          cell: ({ kind }) => <Quantity kind="bytes" value={cost.kinds[kind].bytes} />,
        },
        {
          id: "whole",
          header: t("columns.whole"),
          isFigure: true,
          cell: ({ kind, setting }) => {
            const perDay = costPerDay(cost.kinds[kind]);
            return <Quantity kind="bytes" value={perDay === null ? null : perDay * settings[setting]} />;
          },
        },
        {
          id: "perDay",
          header: t("columns.perDay"),
          isFigure: true,
          cell: ({ kind }) => <Quantity kind="bytes" value={costPerDay(cost.kinds[kind])} />,
        },
        {
          id: "oldest",
          header: t("columns.oldest"),
          isFigure: true,
          cell: ({ kind }) => <Day day={cost.kinds[kind].oldestDay} />,
        },
      ]}
    />
  );
}

function Tables({ tables }: { tables: Storage["cost"]["tables"] }) {
  const t = useTranslations("telemetry.storage");
  const wordOf = (name: string) =>
    t.has(`tables.${name}` as "tables.telemetry_chunks") ? t(`tables.${name}` as "tables.telemetry_chunks") : null;
  return (
    <EntityTable
      title={t("tablesTitle")}
      help={t("tablesHelp")}
      entities={tables}
      getKey={({ name }) => name}
      columns={[
        {
          id: "table",
          header: t("columns.table"),
          cell: ({ name }) => (
            <>
              <span className="block">{wordOf(name)}</span>
              <code className="text-caption text-ink-faint">{name}</code>
            </>
          ),
        },
        {
          id: "own",
          header: t("columns.own"),
          isFigure: true,
          cell: ({ ownBytes }) =>
            ownBytes === null ? (
              <span className="text-ink-faint">{t("notCounted")}</span>
            ) : (
              <Quantity kind="bytes" value={ownBytes} />
            ),
        },
        {
          id: "bytes",
          header: t("columns.server"),
          isFigure: true,
          cell: ({ bytes }) => <Quantity kind="bytes" value={bytes} />,
        },
        { id: "partitions", header: t("columns.partitions"), isFigure: true, cell: ({ partitions }) => partitions },
      ]}
    />
  );
}

/** How long history is kept, what that costs on disk, and whether its sums are right. */
export function StoragePage() {
  const t = useTranslations("telemetry.storage");
  const trpc = useTRPC();
  const may = useMay();
  const query = useQuery(trpc.telemetry.storage.get.queryOptions());
  return (
    <>
      <PageHeader title={t("title")} description={t("description")} />
      <QueryView query={query} skeleton={<Skeleton className="h-[70dvh]" />}>
        {(storage) => (
          <div className="flex max-w-[1200px] flex-col gap-10">
            <Figures cost={storage.cost} />
            <Kept storage={storage} />
            {may("access:manage") ? (
              <StorageForm key={JSON.stringify(storage.settings)} storage={storage} />
            ) : (
              <p className="text-ink-muted text-table">{t("mayNot")}</p>
            )}
            <StorageAudits audits={storage.audits} />
            <Tables tables={storage.cost.tables} />
          </div>
        )}
      </QueryView>
    </>
  );
}
