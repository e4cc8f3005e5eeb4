"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { EmptyState } from "@/components/shell/empty-state";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { useAddressChoice } from "@/components/shell/use-address-choice";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs } from "@/components/ui/tabs";
import type { Outputs } from "@/server/root";
import { FeedButton } from "./feed-dialog";
import { FleetVersions } from "./fleet-versions";
import { PlanTable } from "./plan-table";
import { SupportCalendar } from "./support-calendar";
import { SupportFigures } from "./support-figures";
import { SupportNotes } from "./support-notes";

export type FleetSupport = Outputs["support"]["fleet"];

const TABS = ["versions", "calendar", "plan"] as const;

/** End of support over the fleet: what runs, what runs out when, and the way to what is supported. */
export function SupportPage() {
  const t = useTranslations("support");
  const trpc = useTRPC();
  const query = useQuery(trpc.support.fleet.queryOptions());
  const [tab, setTab] = useAddressChoice("tab", TABS);
  return (
    <>
      <PageHeader
        title={t("title")}
        count={
          query.data
            ? { known: query.data.total - query.data.states.unknown, unknown: query.data.states.unknown }
            : undefined
        }
        description={t("description")}
        actions={<FeedButton />}
      />
      <QueryView
        query={query}
        skeleton={<Skeleton className="h-[60dvh]" />}
        isEmpty={(data) => data.total === 0}
        empty={<EmptyState title={t("empty")} missing={t("emptyMissing")} />}
      >
        {(fleet) => (
          <div className="flex flex-col gap-6">
            <SupportNotes notes={fleet.notes} />
            <SupportFigures fleet={fleet} />
            <Tabs
              label={t("tabs.label")}
              value={tab}
              onValueChange={setTab}
              tabs={[
                { value: "versions", label: t("tabs.versions"), content: <FleetVersions fleet={fleet} /> },
                { value: "calendar", label: t("tabs.calendar"), content: <SupportCalendar fleet={fleet} /> },
                { value: "plan", label: t("tabs.plan"), content: <PlanTable basis={fleet.notes.plan} /> },
              ]}
            />
          </div>
        )}
      </QueryView>
    </>
  );
}
