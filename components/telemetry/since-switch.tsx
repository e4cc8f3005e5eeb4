"use client";

import { useTranslations } from "next-intl";
import { cn } from "@/components/ui/class-names";
import { SINCES, type SinceName } from "./use-since";

/** Since when costs are added up. */
export function SinceSwitch({ since, onSince }: { since: SinceName; onSince: (since: SinceName) => void }) {
  const t = useTranslations("telemetry.link");
  return (
    <fieldset className="flex gap-0.5 rounded-md bg-sunken p-0.5">
      <legend className="sr-only">{t("since")}</legend>
      {SINCES.map((choice) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === since}
          onClick={() => onSince(choice)}
          className={cn(
            "h-6 whitespace-nowrap rounded-sm px-2 text-caption text-ink-muted hover:text-ink",
            choice === since && "bg-raised font-medium text-ink shadow-[inset_0_0_0_1px_var(--line-strong)]",
          )}
        >
          {t(`sinces.${choice}`)}
        </button>
      ))}
    </fieldset>
  );
}
