"use client";

import { createContext, useContext } from "react";
import type { ShellGroup } from "./areas";

/** The areas that this person may open, for whatever on a page leads to them. */
export const ShellGroupsContext = createContext<readonly ShellGroup[]>([]);

export function useShellGroups(): readonly ShellGroup[] {
  return useContext(ShellGroupsContext);
}
