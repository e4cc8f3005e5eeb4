"use client";

import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { currentArea, type ShellGroup } from "./areas";
import { BrandMark } from "./brand-mark";
import { LanguageSwitch } from "./language-switch";
import { usePreferences } from "./preferences";
import { ShellBottomBar } from "./shell-bottom-bar";
import { ShellGroupsContext } from "./shell-groups";
import { ShellNavigation } from "./shell-navigation";
import { ThemeSwitch } from "./theme-switch";

export type ShellProps = {
  groups: readonly ShellGroup[];
  /** Name of the organisation, or its switch. */
  organisation: ReactNode;
  /** Which part of the fleet the pages show. */
  scope?: ReactNode;
  search?: ReactNode;
  /** The same in the bottom bar of a phone. */
  searchBelow?: ReactNode;
  /** Mostly a LiveIndicator. */
  live?: ReactNode;
  /** The menu of the person who is signed in. */
  account: ReactNode;
  children: ReactNode;
};

/** Everything around a page: navigation at the left (below on a phone), scope and account above. */
export function Shell({ groups, organisation, scope, search, searchBelow, live, account, children }: ShellProps) {
  const t = useTranslations("shell");
  const { isNavigationCollapsed, remember } = usePreferences();
  const [isCollapsed, setIsCollapsed] = useState(isNavigationCollapsed);
  const currentId = currentArea(groups, usePathname())?.id ?? null;
  const collapse = (next: boolean) => {
    setIsCollapsed(next);
    remember("navigation", next ? "collapsed" : "open");
  };
  return (
    <div className="flex min-h-dvh">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed! focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink"
      >
        {t("skip")}
      </a>
      <ShellNavigation
        groups={groups}
        currentId={currentId}
        isCollapsed={isCollapsed}
        onCollapse={collapse}
        organisation={organisation}
      />
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-20 flex min-h-13 shrink-0 items-center gap-3 border-line border-b bg-surface px-6 max-md:flex-wrap max-md:px-4">
          <div className="flex min-w-0 items-center gap-2.5 md:hidden">
            <BrandMark />
            <span className="truncate font-semibold text-body">{organisation}</span>
          </div>
          {scope ? <div className="min-w-0 max-md:order-1 max-md:w-full max-md:pb-2">{scope}</div> : null}
          <div className="ml-auto flex h-13 items-center gap-1">
            {live}
            {search}
            <span className="flex items-center gap-1 max-md:hidden">
              <ThemeSwitch />
              <LanguageSwitch />
            </span>
            {account}
          </div>
        </header>
        <main
          id="content"
          tabIndex={-1}
          className="w-full flex-1 px-6 pt-6 pb-10 focus:outline-none max-md:px-4 max-md:pb-24"
        >
          <ShellGroupsContext value={groups}>{children}</ShellGroupsContext>
        </main>
      </div>
      <ShellBottomBar groups={groups} currentId={currentId} search={searchBelow} />
    </div>
  );
}
