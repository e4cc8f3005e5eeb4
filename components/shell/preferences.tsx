"use client";

import { createContext, type ReactNode, useContext, useEffect, useTransition } from "react";

type Preferences = {
  isNavigationCollapsed: boolean;
  /** Keeps one preference of this browser on the server and renders the page anew with it. */
  remember: (name: "locale" | "zone" | "navigation", value: string) => void;
};

const PreferencesContext = createContext<Preferences | null>(null);

export type PreferencesProviderProps = {
  isNavigationCollapsed: boolean;
  /** The time zone that the server used for this page; null when it had to guess. */
  zone: string | null;
  onRemember: (name: "locale" | "zone" | "navigation", value: string) => Promise<void>;
  children: ReactNode;
};

/** What this browser has chosen; on the first visit it also tells the server its time zone. */
export function PreferencesProvider({ isNavigationCollapsed, zone, onRemember, children }: PreferencesProviderProps) {
  const [, startTransition] = useTransition();
  const remember: Preferences["remember"] = (name, value) => startTransition(() => onRemember(name, value));
  useEffect(() => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (own && own !== zone) startTransition(() => onRemember("zone", own));
  }, [zone, onRemember]);
  return <PreferencesContext value={{ isNavigationCollapsed, remember }}>{children}</PreferencesContext>;
}

/** @throws Error outside of a PreferencesProvider */
export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new Error("usePreferences found nothing, expected a <PreferencesProvider> around the page");
  return preferences;
}
