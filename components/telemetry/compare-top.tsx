"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { Meter } from "@/components/chart/meter";
import { EntityTable } from "@/components/fleet/entity-table";
import { machineHref } from "@/components/fleet/machine-href";
import { EmptyState } from "@/components/shell/empty-state";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { useAddressChoice } from "@/components/shell/use-address-choice";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { type QuantityKind, quantityText } from "@/contract/units";
import { fillSeverity } from "@/server/fleet/model";
import type { Inputs, Outputs } from "@/server/root";
import { KnownCount } from "./known-count";

type Figure = Inputs["telemetry"]["top"]["figure"];
type Row = Outputs["telemetry"]["top"]["rows"][number];

const FIGURES = [
  "cpuUsedRatio",
  "memoryUsedRatio",
  "filesystemUsedRatio",
  "powerWatts",
  "load1",
  "temperatureCelsius",
] as const satisfies readonly Figure[];
const KINDS: Record<Figure, QuantityKind> = {
  cpuUsedRatio: "ratio",
  memoryUsedRatio: "ratio",
  filesystemUsedRatio: "ratio",
  powerWatts: "watts",
  load1: "count",
  temperatureCelsius: "celsius",
};
/** Of these the newest is all that is known: a mean of the fullest or hottest part would be of several parts. */
const ONLY_NOW: readonly Figure[] = ["filesystemUsedRatio", "temperatureCelsius"];
const WINDOWS = ["now", "1h", "24h"] as const;
const ORDERS = ["most", "least"] as const;
const ROWS = 20;

/** The machines with most or least of one figure, now or over a time, with how many could be compared at all. */
export function CompareTop({ selector }: { selector: string | null }) {
  const t = useTranslations("telemetry.compare");
  const trpc = useTRPC();
  const [figure, setFigure] = useAddressChoice("figure", FIGURES);
  const [chosen, setWindow] = useAddressChoice("window", WINDOWS);
  const [order, setOrder] = useAddressChoice("order", ORDERS);
  const window = ONLY_NOW.includes(figure) ? "now" : chosen;
  const query = useQuery(
    trpc.telemetry.top.queryOptions(
      { figure, window, order, limit: ROWS, selector },
      { placeholderData: keepPreviousData },
    ),
  );
  return (
    <section className="min-w-0">
      <h2 className="font-semibold text-heading">{t("top.title")}</h2>
      <p className="text-caption text-ink-faint">{window === "now" ? t("top.nowHelp") : t("top.meanHelp")}</p>
      <div className="my-3 grid gap-3 sm:grid-cols-3">
        <Select
          label={t("top.figure")}
          value={figure}
          onValueChange={setFigure}
          options={FIGURES.map((value) => ({ value, label: t(`figures.${value}`) }))}
        />
        <Select
          label={t("top.window")}
          value={window}
          onValueChange={setWindow}
          options={WINDOWS.map((value) => ({
            value,
            label: t(`windows.${value}`),
            isDisabled: value !== "now" && ONLY_NOW.includes(figure),
          }))}
        />
        <Select
          label={t("top.order")}
          value={order}
          onValueChange={setOrder}
          options={ORDERS.map((value) => ({ value, label: t(`orders.${value}`) }))}
        />
      </div>
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-80" />}
        isEmpty={({ known }) => known === 0}
        empty={
          <EmptyState
            title={t("top.empty")}
            missing={t("top.emptyMissing", { unknown: query.data?.unknown ?? 0, figure: t(`figures.${figure}`) })}
          />
        }
      >
        {({ rows, known, unknown }) => (
          <Rows
            rows={rows}
            title={t("top.listTitle", {
              count: rows.length,
              figure: t(`figures.${figure}`),
              order: t(`orders.${order}`),
            })}
            counts={<KnownCount known={known} unknown={unknown} />}
            figure={figure}
            window={window}
          />
        )}
      </QueryView>
    </section>
  );
}

type RowsProps = {
  rows: readonly Row[];
  title: string;
  counts: React.ReactNode;
  figure: Figure;
  window: (typeof WINDOWS)[number];
};

function Rows({ rows, title, counts, figure, window }: RowsProps) {
  const t = useTranslations("telemetry.compare");
  const locale = useLocale();
  const kind = KINDS[figure];
  const largest = Math.max(...rows.map(({ value }) => value), 0);
  const severityOf = (value: number) => (figure === "filesystemUsedRatio" ? fillSeverity(value) : "good");
  return (
    <EntityTable
      isShort
      title={title}
      notice={<p className="mt-1">{counts}</p>}
      entities={rows}
      getKey={({ machineId }) => machineId}
      columns={[
        {
          id: "machine",
          header: t("columns.machine"),
          cell: ({ machineId, name, siteName }) => (
            <span className="block max-w-36 sm:max-w-96">
              <Link
                href={machineHref(machineId)}
                className="block truncate font-medium text-accent-text hover:underline"
                title={name}
              >
                {name}
              </Link>
              <span className="block truncate text-caption text-ink-faint" title={siteName}>
                {siteName}
              </span>
            </span>
          ),
        },
        {
          id: "value",
          header: t(`figures.${figure}`),
          isFigure: true,
          cell: ({ name, value }) => (
            <span className="inline-flex items-center justify-end gap-2">
              <Meter
                label={name}
                ratio={kind === "ratio" ? value : largest > 0 ? value / largest : 0}
                severity={severityOf(value)}
                className="w-24 max-sm:hidden"
              />
              <span className="min-w-16">
                <Quantity kind={kind} value={value} />
              </span>
            </span>
          ),
        },
        ...(window === "now"
          ? []
          : [
              {
                id: "heard",
                header: t("columns.heard"),
                isFigure: true,
                cell: ({ knownRatio }: Row) =>
                  knownRatio === null ? null : <Quantity kind="ratio" value={knownRatio} />,
              },
            ]),
        {
          id: "age",
          header: t("columns.age"),
          isFigure: true,
          cell: ({ name, observedAt, staleAfterSeconds }) => (
            <FreshnessMark
              observedAt={observedAt}
              staleAfterSeconds={staleAfterSeconds}
              provenance={{
                origin: "measured",
                source: name,
                formula:
                  window === "now"
                    ? undefined
                    : t("top.formula", { window: quantityText("seconds", window === "1h" ? 3600 : 86_400, locale) }),
              }}
              isShort
            />
          ),
        },
      ]}
    />
  );
}
