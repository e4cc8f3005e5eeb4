"use client";

import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { cn } from "@/components/ui/class-names";
import { Dialog } from "@/components/ui/dialog";
import type { ShellGroup } from "./areas";
import { LanguageSwitch } from "./language-switch";
import { ThemeSwitch } from "./theme-switch";

export type ShellBottomBarProps = {
  groups: readonly ShellGroup[];
  currentId: string | null;
  search?: ReactNode;
};

/** With the search and "More" there are five places for a thumb. */
const AREAS_MAX = 3;
const slotClasses =
  "flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-micro [&_svg]:size-5 focus-visible:-outline-offset-2";

/** The navigation on a phone: the first areas and the search within reach of the thumb, everything else under "More". */
export function ShellBottomBar({ groups, currentId, search }: ShellBottomBarProps) {
  const t = useTranslations("shell");
  const [isOpen, setIsOpen] = useState(false);
  const first = groups.flatMap((group) => group.areas).slice(0, AREAS_MAX);
  const isElsewhere = currentId !== null && !first.some((area) => area.id === currentId);
  return (
    <nav
      aria-label={t("navigation")}
      className="fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {first.map((area) => (
        <Link
          key={area.id}
          href={area.href}
          aria-current={area.id === currentId ? "page" : undefined}
          className={cn(slotClasses, area.id === currentId ? "font-medium text-accent-text" : "text-ink-muted")}
        >
          {area.icon}
          <span className="max-w-full truncate px-0.5">{area.label}</span>
        </Link>
      ))}
      {search}
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(true)}
        className={cn(slotClasses, isElsewhere ? "font-medium text-accent-text" : "text-ink-muted")}
      >
        <Ellipsis aria-hidden />
        {t("more")}
      </button>
      <Dialog isOpen={isOpen} onOpenChange={setIsOpen} title={t("more")} shape="sheet">
        <div className="flex flex-col gap-4">
          {groups.map((group) => (
            <div key={group.id}>
              <h3 className="pb-1 text-caption text-ink-faint">{group.label}</h3>
              <ul>
                {group.areas.map((area) => (
                  <li key={area.id}>
                    <Link
                      href={area.href}
                      onClick={() => setIsOpen(false)}
                      aria-current={area.id === currentId ? "page" : undefined}
                      className="flex h-11 items-center gap-3 text-body text-ink aria-[current=page]:font-medium aria-[current=page]:text-accent-text [&_svg]:size-5"
                    >
                      {area.icon}
                      {area.label}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
          <div className="flex gap-2 border-line border-t pt-3">
            <ThemeSwitch />
            <LanguageSwitch />
          </div>
        </div>
      </Dialog>
    </nav>
  );
}
