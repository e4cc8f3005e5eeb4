"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { listInput, listPaging } from "@/components/lists/list-query";
import { ListView } from "@/components/lists/list-view";
import { useListState } from "@/components/lists/use-list-state";
import { EmptyState } from "@/components/shell/empty-state";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { UNIT_STATES, type UnitState } from "@/server/storage/model";
import { type UnitRow, useUnitColumns } from "./unit-columns";
import { unitHref } from "./unit-href";

const MARKS: Record<UnitState, MarkState> = {
  full: "critical",
  soon: "warning",
  filling: "good",
  unknown: "unknown",
  not_enough_data: "unknown",
  steady: "good",
};

/** Every pool and volume of every cluster that this person may see: what is full first. */
export function StoragePage() {
  const t = useTranslations("storage");
  const trpc = useTRPC();
  const control = useListState("storage");
  const columns = useUnitColumns();
  const query = useInfiniteQuery(
    trpc.storage.list.infiniteQueryOptions(listInput(control.state), listPaging<UnitRow>(control.state)),
  );
  return (
    <ListView
      control={control}
      title={t("list.title")}
      label={t("list.label")}
      searchLabel={t("list.search")}
      columns={columns}
      firstSort="full"
      query={query}
      hrefOf={unitHref}
      versionOf={(row) => `${row.verdict} ${row.usedBytes} ${row.fullLikely?.getTime()}`}
      worstMark={(worst) => {
        const state = UNIT_STATES.find((one) => one === worst) ?? "unknown";
        return <StateMark state={MARKS[state]} word={t(`states.${state}`)} />;
      }}
      empty={
        <EmptyState
          title={t("list.empty")}
          missing={t("list.emptyMissing")}
          action={
            <Button variant="primary" asChild>
              <Link href="/clusters">{t("list.toClusters")}</Link>
            </Button>
          }
        />
      }
    />
  );
}
