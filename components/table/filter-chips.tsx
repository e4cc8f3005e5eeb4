"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";

export type FilterChip = { id: string; label: string };

export type FilterChipsProps = {
  chips: readonly FilterChip[];
  onRemove: (id: string) => void;
  onClear: () => void;
};

/** The filters that are set, each of which can be taken away; nothing when none is set. */
export function FilterChips({ chips, onRemove, onClear }: FilterChipsProps) {
  const t = useTranslations("ui");
  if (chips.length === 0) return null;
  return (
    <ul aria-label={t("filters.region")} className="flex flex-wrap items-center gap-1.5">
      {chips.map((chip) => (
        <li
          key={chip.id}
          className="flex h-7 items-center gap-0.5 rounded-md bg-selected pr-0.5 pl-2.5 text-caption text-ink"
        >
          {chip.label}
          <button
            type="button"
            aria-label={t("filters.remove", { name: chip.label })}
            onClick={() => onRemove(chip.id)}
            className="flex size-6 items-center justify-center rounded-sm text-ink-muted hover:text-ink"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          onClick={onClear}
          className="h-7 rounded-sm px-1.5 text-accent-text text-caption hover:underline"
        >
          {t("table.clearFilters")}
        </button>
      </li>
    </ul>
  );
}
