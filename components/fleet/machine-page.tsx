"use client";

import { useQuery } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { DetailView } from "@/components/shell/detail-view";
import { PageHeader } from "@/components/shell/page-header";
import { useTRPC } from "@/components/shell/trpc-provider";
import { useAddressChoice } from "@/components/shell/use-address-choice";
import { MachineChart } from "@/components/telemetry/machine-chart";
import { RangeBar } from "@/components/telemetry/range-bar";
import { type ChartRangeControl, useChartRange } from "@/components/telemetry/use-chart-range";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { Tabs } from "@/components/ui/tabs";
import { quantityText } from "@/contract/units";
import { factValue } from "@/server/fleet/model";
import { ChangeList } from "./change-list";
import { ClockMark } from "./clock-mark";
import { ConnectivityMark } from "./connectivity-mark";
import { type Machine, MachineFigures, staleAfterSeconds } from "./machine-figures";
import { MachineHardware } from "./machine-hardware";
import { MachineIdentity } from "./machine-identity";
import { MachineNetwork } from "./machine-network";
import { MachineStorage } from "./machine-storage";

const TABS = ["overview", "storage", "network", "hardware"] as const;

function FactsLine({ machine }: { machine: Machine }) {
  const t = useTranslations("fleet.machine");
  const locale = useLocale();
  const facts = ["operatingSystem", "kernelVersion", "cpuModel"].flatMap((name) => {
    const value = factValue(machine.facts, name);
    return value === null ? [] : [String(value)];
  });
  const agent = machine.agentVersion ? [t("agentVersion", { version: machine.agentVersion })] : [];
  const interval =
    machine.intervalSeconds === null
      ? []
      : [t("interval", { seconds: quantityText("seconds", machine.intervalSeconds, locale) })];
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
      <ConnectivityMark connectivity={machine.connectivity} intervalSeconds={machine.intervalSeconds} />
      {[machine.siteName, ...facts, ...agent, ...interval].map((text) => (
        <span key={text} className="min-w-0 max-w-full">
          <span aria-hidden className="mr-2 text-ink-faint">
            ·
          </span>
          {text}
        </span>
      ))}
      <ClockMark offsetSeconds={machine.clockOffsetSeconds} unsureAt={machine.clockUnsureAt} isExact isQuiet />
    </span>
  );
}

function Overview({ machine, range }: { machine: Machine; range: ChartRangeControl }) {
  const self = machine.entities.find((entity) => entity.kind === "machine");
  const chart = (name: "cpu" | "memory" | "load" | "power", reading?: string) => (
    <MachineChart
      machineId={machine.id}
      chart={name}
      range={range}
      observedAt={self?.observedAt ?? null}
      staleAfterSeconds={staleAfterSeconds(machine)}
      unknown={reading ? (self?.unknown[reading] ?? null) : null}
    />
  );
  return (
    <div className="grid gap-x-10 gap-y-8 xl:grid-cols-2">
      {chart("cpu")}
      {chart("memory")}
      {chart("load")}
      {chart("power", "energyJoules")}
    </div>
  );
}

/** One machine: how it is, what it did, what it is made of, what changed. */
export function MachinePage({ machineId }: { machineId: string }) {
  const t = useTranslations("fleet.machine");
  const trpc = useTRPC();
  const range = useChartRange();
  const [tab, setTab] = useAddressChoice("tab", TABS);
  const query = useQuery(trpc.fleet.machines.get.queryOptions({ machineId }));
  return (
    <DetailView
      query={query}
      list={{ href: "/fleet/machines", label: t("breadcrumb") }}
      notFound={{ title: t("notFound"), help: t("notFoundHelp") }}
      silentSince={(machine) => (machine.connectivity === "offline" ? machine.lastReceivedAt : null)}
    >
      {(machine, breadcrumb) => (
        <>
          <PageHeader
            title={machine.name}
            breadcrumb={
              <>
                {breadcrumb} <span aria-hidden>›</span> {machine.siteName}{" "}
                {machine.isSimulated ? <SimulatedMark /> : null}
              </>
            }
            description={<FactsLine machine={machine} />}
          />
          <MachineIdentity machine={machine} />
          <div className="grid gap-10 2xl:grid-cols-[1fr_20rem]">
            <div className="min-w-0">
              <MachineFigures machine={machine} />
              <div className="h-8" />
              <Tabs
                label={machine.name}
                value={tab}
                onValueChange={setTab}
                aside={<RangeBar range={range} />}
                tabs={[
                  {
                    value: "overview",
                    label: t("tabs.overview"),
                    content: <Overview machine={machine} range={range} />,
                  },
                  {
                    value: "storage",
                    label: t("tabs.storage"),
                    content: <MachineStorage machine={machine} range={range} />,
                  },
                  {
                    value: "network",
                    label: t("tabs.network"),
                    content: <MachineNetwork machine={machine} range={range} />,
                  },
                  {
                    value: "hardware",
                    label: t("tabs.hardware"),
                    content: <MachineHardware machine={machine} range={range} />,
                  },
                ]}
              />
            </div>
            <aside className="min-w-0 2xl:border-line 2xl:border-l 2xl:pl-6" aria-label={t("timeline")}>
              <h2 className="mb-2 font-semibold text-heading">{t("timeline")}</h2>
              {machine.changes.length > 0 ? (
                <ChangeList changes={machine.changes} />
              ) : (
                <p className="text-ink-faint text-table">{t("noChanges")}</p>
              )}
            </aside>
          </div>
        </>
      )}
    </DetailView>
  );
}
