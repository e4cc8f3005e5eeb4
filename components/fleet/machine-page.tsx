"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useLocale, useTranslations } from "next-intl";
import { ErrorState } from "@/components/shell/error-state";
import { PageHeader } from "@/components/shell/page-header";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { useAddressChoice } from "@/components/shell/use-address-choice";
import { type ChartWindow, MachineChart } from "@/components/telemetry/machine-chart";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import { Tabs } from "@/components/ui/tabs";
import { quantityText } from "@/contract/units";
import { factValue } from "@/server/fleet/model";
import { ChangeList } from "./change-list";
import { ConnectivityMark } from "./connectivity-mark";
import { type Machine, MachineFigures, staleAfterSeconds } from "./machine-figures";
import { MachineHardware } from "./machine-hardware";
import { machineHref } from "./machine-href";
import { MachineNetwork } from "./machine-network";
import { MachineStorage } from "./machine-storage";
import { WINDOWS, WindowSwitch } from "./window-switch";

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
        <span key={text}>
          <span aria-hidden className="mr-2 text-ink-faint">
            ·
          </span>
          {text}
        </span>
      ))}
    </span>
  );
}

function Collision({ machine }: { machine: Machine }) {
  const t = useTranslations("fleet.machine");
  if (!machine.collidesWith) return null;
  const uuid = String(factValue(machine.facts, "systemUuid") ?? machine.identity.value);
  return (
    <div
      role="status"
      className="mb-6 flex flex-wrap items-baseline gap-3 rounded-md bg-critical-soft px-3 py-2 text-table"
    >
      <StateMark state="critical" isWordHidden />
      <span className="min-w-0 flex-1">{t("collision", { uuid })}</span>
      <Link href={machineHref(machine.collidesWith)} className="font-medium text-accent-text hover:underline">
        {t("collisionLink")}
      </Link>
    </div>
  );
}

function Overview({ machine, window }: { machine: Machine; window: ChartWindow }) {
  const self = machine.entities.find((entity) => entity.kind === "machine");
  const chart = (name: "cpu" | "memory" | "load" | "power", reading?: string) => (
    <MachineChart
      machineId={machine.id}
      chart={name}
      window={window}
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
  const [window, setWindow] = useAddressChoice("window", WINDOWS);
  const [tab, setTab] = useAddressChoice("tab", TABS);
  const query = useQuery(trpc.fleet.machines.get.queryOptions({ machineId }));
  const breadcrumb = (
    <Link href="/fleet/machines" className="hover:underline">
      {t("breadcrumb")}
    </Link>
  );
  if (query.error?.data?.code === "NOT_FOUND" || query.error?.data?.code === "BAD_REQUEST") {
    return (
      <>
        <PageHeader title={t("notFound")} breadcrumb={breadcrumb} />
        <ErrorState state="unknown" title={t("notFound")} help={t("notFoundHelp")} />
      </>
    );
  }
  return (
    <QueryView
      query={query}
      skeleton={<Skeleton className="h-[70dvh]" />}
      silentSince={(machine) => (machine.connectivity === "offline" ? machine.lastReceivedAt : null)}
    >
      {(machine) => (
        <>
          <PageHeader
            title={machine.name}
            breadcrumb={
              <>
                {breadcrumb} <span aria-hidden>›</span> {machine.siteName}
              </>
            }
            description={<FactsLine machine={machine} />}
          />
          <Collision machine={machine} />
          <div className="grid gap-10 2xl:grid-cols-[1fr_20rem]">
            <div className="min-w-0">
              <MachineFigures machine={machine} />
              <div className="h-8" />
              <Tabs
                label={machine.name}
                value={tab}
                onValueChange={setTab}
                aside={<WindowSwitch window={window} onWindow={setWindow} />}
                tabs={[
                  {
                    value: "overview",
                    label: t("tabs.overview"),
                    content: <Overview machine={machine} window={window} />,
                  },
                  {
                    value: "storage",
                    label: t("tabs.storage"),
                    content: <MachineStorage machine={machine} window={window} />,
                  },
                  {
                    value: "network",
                    label: t("tabs.network"),
                    content: <MachineNetwork machine={machine} window={window} />,
                  },
                  {
                    value: "hardware",
                    label: t("tabs.hardware"),
                    content: <MachineHardware machine={machine} window={window} />,
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
    </QueryView>
  );
}
