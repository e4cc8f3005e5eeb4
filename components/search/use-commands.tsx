"use client";

import { Languages, Monitor, Moon, RadioTower, Sun } from "lucide-react";
import type { Route } from "next";
import { useLocale, useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import type { ReactNode } from "react";
import { usePreferences } from "@/components/shell/preferences";
import { useShellGroups } from "@/components/shell/shell-groups";
import { fold } from "@/server/search/model";

/** Something to do: a place to go to, or a switch. */
export type Command = { id: string; label: string; icon: ReactNode; href?: Route; run?: () => void };

/** Everything that this person may do from here. */
function useAllCommands(): Command[] {
  const t = useTranslations("search.commands");
  const locale = useLocale();
  const groups = useShellGroups();
  const { remember } = usePreferences();
  const { theme, setTheme } = useTheme();
  const areas = groups.flatMap((group) => group.areas);
  const themes = [
    { value: "light", icon: <Sun /> },
    { value: "dark", icon: <Moon /> },
    { value: "system", icon: <Monitor /> },
  ] as const;
  const other = locale === "de" ? "en" : "de";
  return [
    ...areas.map(({ id, label, href, icon }) => ({ id: `go-${id}`, label: t("go", { area: label }), href, icon })),
    ...areas
      .filter(({ id }) => id === "enrolment")
      .map(({ href }) => ({ id: "enrol", label: t("enrol"), href, icon: <RadioTower /> })),
    ...themes
      .filter(({ value }) => value !== (theme ?? "system"))
      .map(({ value, icon }) => ({
        id: `theme-${value}`,
        label: t(`theme.${value}`),
        icon,
        run: () => setTheme(value),
      })),
    {
      id: "language",
      label: t(`language.${other}`),
      icon: <Languages />,
      run: () => remember("locale", other),
    },
  ];
}

/** Commands in which each word of what is typed begins a word; with nothing typed the places to go to. */
export function useCommands(typed: string): Command[] {
  const all = useAllCommands();
  const words = fold(typed, true).split(/\s+/).filter(Boolean);
  if (words.length === 0) return all.filter(({ id }) => id.startsWith("go-"));
  return all.filter(({ label }) => {
    const own = fold(label, true).split(/[^a-z0-9]+/);
    return words.every((word) => own.some((part) => part.startsWith(word)));
  });
}
