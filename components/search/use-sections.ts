"use client";

import { useTranslations } from "next-intl";
import type { Outputs } from "@/server/root";
import { foundHref, foundListHref } from "./found-href";
import { byRecent, nameOf, type Recent } from "./recent";
import type { Section } from "./search-entry";
import { useCommands } from "./use-commands";

type Answer = Outputs["search"]["ask"];

/** Everything that can be chosen now, under its headings. */
export function useSections(typed: string, question: string, answer: Answer | undefined, recent: Recent[]): Section[] {
  const t = useTranslations("search");
  const commands = useCommands(typed);
  const ofCommands: Section = {
    id: "commands",
    label: t("commandGroup"),
    entries: commands.map((command) => ({
      id: command.id,
      href: command.href ?? null,
      of: { type: "command", command },
    })),
    hasMore: false,
  };
  const ofRecent: Section = {
    id: "recent",
    label: t("recent"),
    entries: recent.map((one) => ({ id: nameOf(one), href: foundHref(one), of: { type: "recent", recent: one } })),
    hasMore: false,
  };
  const ofLists: Section = {
    id: "lists",
    label: t("listGroup"),
    entries: (answer?.lists ?? []).map((list) => ({
      id: `list ${list.value}`,
      href: foundListHref(list),
      of: { type: "list", list },
    })),
    hasMore: false,
  };
  const ofFound = (answer?.groups ?? []).map(
    ({ group, found, hasMore }): Section => ({
      id: group,
      label: t(`groups.${group}`),
      entries: byRecent(found, recent, question).map((one) => ({
        id: nameOf(one),
        href: foundHref(one),
        of: { type: "found", found: one },
      })),
      hasMore,
    }),
  );
  const sections = typed.trim() === "" ? [ofRecent, ofCommands] : [ofLists, ...ofFound, ofCommands];
  return sections.filter(({ entries }) => entries.length > 0);
}
