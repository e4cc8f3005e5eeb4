"use client";

import { ThemeProvider } from "next-themes";
import type { ReactNode } from "react";
import { Toaster } from "@/components/ui/toaster";
import { TooltipProvider } from "@/components/ui/tooltip";
import { ClockProvider } from "./clock";
import { PreferencesProvider, type PreferencesProviderProps } from "./preferences";

export type ProvidersProps = PreferencesProviderProps & {
  serverNowMs: number;
  /** For the one inline script that sets the theme before the first picture. */
  nonce: string | undefined;
  children: ReactNode;
};

/** What every page needs around it: theme, clock, preferences, tooltips, notices. */
export function Providers({ serverNowMs, nonce, children, ...preferences }: ProvidersProps) {
  return (
    <ThemeProvider attribute="class" defaultTheme="system" disableTransitionOnChange nonce={nonce}>
      <ClockProvider serverNowMs={serverNowMs}>
        <PreferencesProvider {...preferences}>
          <TooltipProvider>
            {children}
            <Toaster />
          </TooltipProvider>
        </PreferencesProvider>
      </ClockProvider>
    </ThemeProvider>
  );
}
