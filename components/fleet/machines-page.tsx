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
import { CONNECTIVITIES } from "@/server/fleet/model";
import { ConnectivityMark } from "./connectivity-mark";
import { type MachineRow, useMachineColumns } from "./machine-columns";
import { machineHref } from "./machine-href";

/** Every machine that this person may see: one honest row each. */
export function MachinesPage() {
  const t = useTranslations("fleet.machines");
  const trpc = useTRPC();
  const control = useListState("machines");
  const columns = useMachineColumns();
  const query = useInfiniteQuery(
    trpc.fleet.machines.list.infiniteQueryOptions(listInput(control.state), listPaging<MachineRow>(control.state)),
  );
  return (
    <ListView
      control={control}
      title={t("title")}
      label={t("label")}
      searchLabel={t("search")}
      columns={columns}
      firstSort="name"
      query={query}
      hrefOf={(row) => machineHref(row.id)}
      versionOf={(row) => row.connectivity}
      worstMark={(worst) => (
        <ConnectivityMark
          connectivity={CONNECTIVITIES.find((state) => state === worst) ?? "never"}
          intervalSeconds={null}
        />
      )}
      empty={
        <EmptyState
          title={t("empty")}
          missing={t("emptyMissing")}
          action={
            <Button variant="primary" asChild>
              <Link href="/agents">{t("enrol")}</Link>
            </Button>
          }
        />
      }
    />
  );
}
