"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Meter } from "@/components/chart/meter";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { Stat } from "@/components/ui/stat";
import { quantityText } from "@/contract/units";
import { MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";
import { memoryRatio } from "./machine-columns";

export type Machine = Outputs["fleet"]["machines"]["get"];

/** Older than this, a figure of this machine is unknown. */
export function staleAfterSeconds(machine: Pick<Machine, "intervalSeconds">): number {
  return MISSED_INTERVALS_MAX * (machine.intervalSeconds ?? 60);
}

/** The machine in six figures of now; each opens to where it comes from. */
export function MachineFigures({ machine }: { machine: Machine }) {
  const t = useTranslations("fleet.machine");
  const locale = useLocale();
  const self = machine.entities.find((entity) => entity.kind === "machine");
  const age = (source: string, formula?: string): ReactNode => (
    <FreshnessMark
      observedAt={machine.readingsObservedAt}
      staleAfterSeconds={staleAfterSeconds(machine)}
      provenance={{ origin: "measured", source, formula }}
      isShort
    />
  );
  const reasonOf = (name: string) => machine.unknown[name] ?? null;
  const memory = memoryRatio(machine);
  return (
    <div className="grid grid-cols-2 gap-x-6 gap-y-6 md:grid-cols-3 xl:grid-cols-6">
      <Stat
        label={t("cpu")}
        figure={<Quantity kind="ratio" value={machine.cpuUsedRatio} reason={reasonOf("cpuUsedRatio")} />}
        freshness={age("/proc/stat", "1 − Δ(idle + iowait) / Δtotal")}
        meter={<Meter label={t("cpu")} ratio={machine.cpuUsedRatio} severity="good" />}
        detail={machine.coresLogical === null ? null : t("ofCores", { cores: machine.coresLogical })}
      />
      <Stat
        label={t("memory")}
        figure={<Quantity kind="bytes" value={machine.memoryUsedBytes} reason={reasonOf("memoryUsedBytes")} />}
        freshness={age("/proc/meminfo", "MemTotal − MemAvailable")}
        meter={<Meter label={t("memory")} ratio={memory} severity="good" />}
        detail={
          machine.memoryTotalBytes === null
            ? null
            : t("ofTotal", { total: quantityText("bytes", machine.memoryTotalBytes, locale) })
        }
      />
      <Stat
        label={t("load")}
        figure={<Quantity kind="count" value={machine.load1} reason={reasonOf("load1")} />}
        freshness={age("/proc/loadavg")}
      />
      <Stat
        label={t("uptime")}
        figure={
          <Quantity
            kind="seconds"
            value={self?.readings.uptimeSeconds ?? null}
            reason={self?.unknown.uptimeSeconds ?? null}
          />
        }
        freshness={age("/proc/uptime")}
      />
      <Stat
        label={t("temperature")}
        figure={
          <Quantity kind="celsius" value={machine.temperatureCelsiusMax} reason={reasonOf("temperatureCelsiusMax")} />
        }
        freshness={age("hwmon", "max")}
      />
      <Stat
        label={t("power")}
        figure={<Quantity kind="watts" value={machine.powerWatts} reason={reasonOf("powerWatts")} />}
        freshness={age("RAPL", "ΔJ / Δt")}
      />
    </div>
  );
}
