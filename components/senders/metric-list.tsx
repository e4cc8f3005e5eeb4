"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useMay } from "@/components/access/use-may";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { SearchField } from "@/components/table/search-field";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { Outputs } from "@/server/root";
import { HeardAt } from "./sender-table";

type Metric = Outputs["senders"]["get"]["metrics"][number];

/** So many at once; the search finds the others. */
const SHOWN_MAX = 100;

/** Metrics by name, those that nobody understands first; these can be kept with one click. */
export function MetricList({ senderId, metrics }: { senderId: string; metrics: readonly Metric[] }) {
  const t = useTranslations("senders.metrics");
  const [search, setSearch] = useState("");
  const found = metrics.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  if (metrics.length === 0) return <p className="text-ink-muted text-table">{t("none")}</p>;
  return (
    <>
      <SearchField label={t("search")} value={search} onSearch={setSearch} />
      <p className="mt-2 text-caption text-ink-muted">{t("keepHelp")}</p>
      <ul className="mt-1 flex flex-col divide-y divide-line">
        {found.slice(0, SHOWN_MAX).map((metric) => (
          <MetricItem key={metric.name} senderId={senderId} metric={metric} />
        ))}
      </ul>
      {found.length > SHOWN_MAX ? (
        <p className="mt-2 text-caption text-ink-muted">{t("more", { count: found.length - SHOWN_MAX })}</p>
      ) : null}
    </>
  );
}

function MetricItem({ senderId, metric }: { senderId: string; metric: Metric }) {
  const t = useTranslations("senders.metrics");
  const trpc = useTRPC();
  const may = useMay();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const keep = useMutation(
    trpc.senders.keep.mutationOptions({
      onSuccess: (_none, { isKept }) => void toast.success(t(isKept ? "keeps" : "drops", { name: metric.name })),
      onError: (error) => void toast.error(failureOf(error).text),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.senders.pathKey() }),
    }),
  );
  // What is understood is a reading of its machine already; only the rest is a choice.
  const isChoice = metric.kept || metric.meaning === "unknown" || metric.meaning === "left_out";
  const type = t.has(`types.${metric.type}` as "types.gauge")
    ? t(`types.${metric.type}` as "types.gauge")
    : metric.type;
  return (
    <li className="flex items-center justify-between gap-3 py-2">
      <div className="min-w-0">
        <p className="break-all font-mono text-caption text-ink">{metric.name}</p>
        <p className="text-caption text-ink-faint">
          {[type, metric.unit].filter(Boolean).join(", ")} · {t("series", { count: metric.series })} ·{" "}
          {t("samples", { count: metric.samples })} · <HeardAt at={metric.lastSeen} never="" />
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-2">
        {metric.kept ? (
          <Badge tone="good">{t("kept")}</Badge>
        ) : (
          <Badge tone={metric.meaning === "unknown" ? "unknown" : "neutral"}>{t(`meanings.${metric.meaning}`)}</Badge>
        )}
        {isChoice && may("senders:write") ? (
          <Button
            size="small"
            variant="ghost"
            isBusy={keep.isPending}
            aria-label={t(metric.kept ? "dropName" : "keepName", { name: metric.name })}
            onClick={() => keep.mutate({ senderId, name: metric.name, isKept: !metric.kept })}
          >
            {t(metric.kept ? "drop" : "keep")}
          </Button>
        ) : null}
      </div>
    </li>
  );
}
