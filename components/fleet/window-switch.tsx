"use client";

import { useTranslations } from "next-intl";
import type { ChartWindow } from "@/components/telemetry/machine-chart";
import { cn } from "@/components/ui/class-names";

export const WINDOWS = ["1h", "24h", "7d", "30d"] as const satisfies readonly ChartWindow[];

/** Which time the charts show. */
export function WindowSwitch({ window, onWindow }: { window: ChartWindow; onWindow: (window: ChartWindow) => void }) {
  const t = useTranslations("fleet.machine");
  return (
    <fieldset className="flex gap-0.5 rounded-md bg-sunken p-0.5">
      <legend className="sr-only">{t("window")}</legend>
      {WINDOWS.map((choice) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === window}
          onClick={() => onWindow(choice)}
          className={cn(
            "h-6 whitespace-nowrap rounded-sm px-2 text-caption text-ink-muted hover:text-ink",
            choice === window && "bg-raised font-medium text-ink shadow-[inset_0_0_0_1px_var(--line-strong)]",
          )}
        >
          {t(`windows.${choice}`)}
        </button>
      ))}
    </fieldset>
  );
}
