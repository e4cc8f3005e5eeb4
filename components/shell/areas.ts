import type { Route } from "next";
import type { ReactNode } from "react";

/** One area of the product in the navigation; only areas that exist are given. */
export type ShellArea = {
  id: string;
  /** In the reader's language. */
  label: string;
  href: Route;
  icon: ReactNode;
  /** Things that someone must act on; 0 is not shown. */
  needsActionCount?: number;
};

export type ShellGroup = {
  id: string;
  label: string;
  areas: readonly ShellArea[];
};

/** The area that an address belongs to: the longest href that the address starts with. */
export function currentArea(groups: readonly ShellGroup[], pathname: string): ShellArea | null {
  const holds = (href: string) => pathname === href || (href !== "/" && pathname.startsWith(`${href}/`));
  const candidates = groups.flatMap((group) => group.areas).filter((area) => holds(area.href));
  return candidates.sort((a, b) => b.href.length - a.href.length)[0] ?? null;
}
