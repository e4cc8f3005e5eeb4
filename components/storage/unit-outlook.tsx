"use client";

import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import type { ChartSeries } from "@/components/chart/series";
import { TimeSeriesChart } from "@/components/chart/time-series-chart";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Skeleton } from "@/components/ui/skeleton";
import type { Inputs, Outputs } from "@/server/root";
import { FiveFigures } from "./five-figures";
import { VerdictMark } from "./verdict-mark";

type Outlook = Outputs["storage"]["outlook"];

export type UnitOutlookProps = {
  clusterId: string;
  kind: Inputs["storage"]["outlook"]["kind"];
  /** Of a volume the claim's `<namespace>/<name>`. */
  entityKey: string;
};

/** A day is soon enough for whoever has to order disks; after it the newest reading is called old. */
const STALE_SECONDS = 86_400;
const GAP_STEPS = 3;
/** When is it full? The sentence, the history with how it goes on, the five figures, and what all this stands on. */
export function UnitOutlook({ clusterId, kind, entityKey }: UnitOutlookProps) {
  const t = useTranslations("storage.outlook");
  const trpc = useTRPC();
  const query = useQuery(trpc.storage.outlook.queryOptions({ clusterId, kind, key: entityKey }));
  return (
    <section aria-label={t("title")} className="flex flex-col gap-3">
      <h3 className="font-medium">{t("title")}</h3>
      <QueryView query={query} skeleton={<Skeleton className="h-65" />}>
        {(outlook) => (
          <>
            <p className="font-medium text-table">
              <VerdictMark said={outlook} nowMs={outlook.basedAt?.getTime() ?? 0} />
            </p>
            {outlook.history.length > 0 ? <OutlookChart outlook={outlook} name={entityKey} /> : null}
            <FiveFigures of={outlook} />
          </>
        )}
      </QueryView>
    </section>
  );
}

function OutlookChart({ outlook, name }: { outlook: Outlook; name: string }) {
  const t = useTranslations("storage.outlook");
  const format = useFormatter();
  const { history, ahead, capacityBytes, basis, stepSeconds } = outlook;
  const fromMs = history[0]?.at.getTime() ?? 0;
  const toMs = (ahead.at(-1) ?? history.at(-1))?.at.getTime() ?? fromMs;
  const aheadSeconds = ((ahead[1]?.at.getTime() ?? 0) - (ahead[0]?.at.getTime() ?? 0)) / 1000;
  const bucketSeconds = Math.max(stepSeconds, aheadSeconds);
  const series: ChartSeries[] = [
    {
      id: "used",
      label: t("used"),
      points: history.map(({ at, value, min, max }) => ({ at: at.getTime(), value, min, max })),
    },
    {
      id: "ahead",
      label: t("ahead"),
      points: ahead.map(({ at, likely, low, high }) => ({ at: at.getTime(), value: likely, min: low, max: high })),
    },
    ...(capacityBytes === null
      ? []
      : [
          {
            id: "capacity",
            label: t("capacity"),
            isReference: true,
            gapSeconds: toMs - fromMs,
            points: [fromMs, toMs].map((at) => ({ at, value: capacityBytes })),
          },
        ]),
  ];
  return (
    <TimeSeriesChart
      question={t("question", { name })}
      kind="bytes"
      series={series}
      referenceLabel={t("capacity")}
      fromMs={fromMs}
      toMs={toMs}
      bucketSeconds={bucketSeconds}
      gapSeconds={GAP_STEPS * bucketSeconds}
      fileName={`forecast-${name.replaceAll(/[^\w.-]+/g, "_")}`}
      aside={
        <FreshnessMark
          observedAt={outlook.basedAt}
          staleAfterSeconds={STALE_SECONDS}
          provenance={{
            origin: "modelled",
            source: t("source", {
              days: format.number(Math.round(basis.days)),
              known: basis.known,
              spans: basis.spans,
              steps: basis.steps,
            }),
            formula: t("formula"),
          }}
          isShort
        />
      }
    />
  );
}
